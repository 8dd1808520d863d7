package keyset

const (
	vectorController1        = "68ee84de285bc057ce709cb2268b360d97e3d21a7ee6ced9b65fda1dd6b72d42"
	vectorController1Public  = "8831d88731c5f219925790949d6eebe77a8cdaf90e3a53ee3d83364ff304c006"
	vectorController9Public  = "00a9c82a6a8c7246eb241141f291c919bbf8b5d3bfaaca1bfdf4f74a97cf7548"
	vectorClientFacingPublic = "c8a6bee081b5f7b1eb51aac59f96775647f61422c525410706f4c8fd1ed25e64"
	vectorStandby2Public     = "1fc9f5e50f981f833e80190c0c11b2342cd825a6074b9e498a29ee7d07dacb6c"
	vectorPack7Public        = "a28c3ad8ab951581a3724959bfba1fd34e1e8dff53df41fd7d891de0db139314"
	vectorPack7PSK           = "b89a4c98d20f2ac3f6147c224fe9598840f6a2d716a36379c4714a3d55140750"
	vectorProbe              = "34e77aa5409747167fb8031a8c6cad3c5fdd12db2ae9f81eedb25f600534bab8"
	vectorCertificate        = "6511a2ec1a1c0363032a6ff5e386c6bb90218a300a9a874213e08fb067893526"
	vectorChecksum           = "7d58bb3fa337178a2f42565656fb64a28711b64e"
)
