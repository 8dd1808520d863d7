package control

// Action names the registry entry.
func (PeeringSet) Action() string { return "peering set" }

// Action names the registry entry.
func (PeeringApply) Action() string { return "peering apply" }

// Action names the registry entry.
func (PeeringAccept) Action() string { return "peering accept" }

// Action names the registry entry.
func (PeeringCheck) Action() string { return "peering check" }

// Action names the registry entry.
func (KeysetGenerate) Action() string { return "keyset generate" }

// Action names the registry entry.
func (KeysetFetch) Action() string { return "keyset fetch" }

// Action names the registry entry.
func (KeysetRemove) Action() string { return "keyset remove" }

// Action names the registry entry.
func (KeysetChangeToken) Action() string { return "keyset change-token" }

// Action names the registry entry.
func (KeysetRearm) Action() string { return "keyset rearm" }

// Action names the registry entry.
func (LicenseInstall) Action() string { return "license install" }

// Action names the registry entry.
func (LicenseUpgrade) Action() string { return "license upgrade" }

// Action names the registry entry.
func (LicenseParameters) Action() string { return "license parameters" }

// Action names the registry entry.
func (LicenseShow) Action() string { return "license show" }

// Action names the registry entry.
func (PackExport) Action() string { return "clientpack export" }

// Action names the registry entry.
func (PackSet) Action() string { return "clientpack set" }

// Action names the registry entry.
func (PackNext) Action() string { return "clientpack next" }

// Action names the registry entry.
func (PackRegenerate) Action() string { return "clientpack regenerate" }

// Action names the registry entry.
func (PackAdd) Action() string { return "clientpack add" }

// Action names the registry entry.
func (ClientDisconnect) Action() string { return "clientpack disconnect" }

// Action names the registry entry.
func (RouteAdd) Action() string { return "route add" }

// Action names the registry entry.
func (RouteRemove) Action() string { return "route remove" }

// Action names the registry entry.
func (RouteEnable) Action() string { return "route enable" }

// Action names the registry entry.
func (Drain) Action() string { return "drain" }

// Action names the registry entry.
func (Rebalance) Action() string { return "rebalance" }

// Action names the registry entry.
func (Takeover) Action() string { return "takeover" }

// Action names the registry entry.
func (TaskCancel) Action() string { return "task cancel" }

// Action names the registry entry.
func (AccessPassword) Action() string { return "access password" }

// Action names the registry entry.
func (AccessUser) Action() string { return "access user" }

// Action names the registry entry.
func (AccessTokenCreate) Action() string { return "access token add" }

// Action names the registry entry.
func (AccessTokens) Action() string { return "access token list" }

// Action names the registry entry.
func (AccessTokenExpire) Action() string { return "access token expire" }

// Action names the registry entry.
func (AccessTokenRevoke) Action() string { return "access token remove" }

// Action names the registry entry.
func (ConfigSet) Action() string { return "config set" }

// Action names the registry entry.
func (ConfigReload) Action() string { return "config reload" }

// Action names the registry entry.
func (Check) Action() string { return "check" }
