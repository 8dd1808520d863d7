package api

import "net/http"

func (s *Server) packRoutes() []route {
	var (
		inPath     = arg{name: "clientpack_name", required: true, about: "overlay address with underscores"}
		name       = arg{name: "name", required: true, bad: "name argument must be set", about: "overlay address with underscores"}
		noName     = arg{name: "name", kind: ignored}
		enabled    = arg{name: "enabled", kind: boolean, about: "may connect"}
		checkedOut = arg{name: "checked_out", kind: boolean, about: "is handed out"}
		key        = arg{name: "key", required: true, about: "letters, digits, - and _"}
		disconnect = arg{name: "disconnect", kind: boolean, about: "must be true"}
		format     = arg{name: "fileformat", about: "conf, zip, tar.gz or tarball"}
	)
	formatNeeded, disconnectNeeded := format, disconnect
	formatNeeded.required, disconnectNeeded.required = true, true
	without := []arg{{name: "compression", kind: ignored}, {name: "auth_on", kind: ignored}, {name: "psk_on", kind: ignored}, {name: "async", kind: ignored}}
	return []route{{
		method: http.MethodGet, path: "/api/clientpacks", summary: "Get clientpacks; sorted as a list",
		needs: keyset, reply: oneOf{map[string]clientpack{}, []clientpack{}}, handle: getPacks,
		args: []arg{{name: "sorted", kind: boolean, about: "a list in order instead of a map"}},
	}, {
		method: http.MethodPut, path: "/api/clientpacks", summary: "Update all clientpacks",
		needs: keyset, reply: clientpacksStatus{}, handle: putPacks,
		args: append([]arg{enabled, checkedOut}, without...),
	}, {
		method: http.MethodGet, path: "/api/clientpacks/{clientpack_name}", summary: "Get clientpack details",
		needs: keyset, reply: clientpackDetail{}, handle: getPack, args: []arg{inPath},
	}, {
		method: http.MethodPost, path: "/api/clientpacks/next_available", summary: "Check out the next clientpack",
		needs: keyset, reply: clientpack{}, handle: nextPack,
		args: []arg{
			{name: "low_ip", about: "lowest address"}, {name: "high_ip", about: "highest address"},
			{name: "include_disabled", kind: boolean, about: "also disabled ones"},
		},
	}, {
		method: http.MethodPost, path: "/api/clientpacks/add_clientpacks", summary: "Add clientpacks that the license allows",
		needs: keyset, reply: "", handle: addPacks,
		args: []arg{{name: "requested_ips", required: true, about: "overlay addresses separated by commas"}},
	}, {
		method: http.MethodGet, path: "/api/clientpack", summary: "Download clientpack",
		needs: keyset, reply: download{}, handle: getPackFile, args: []arg{name, formatNeeded},
	}, {
		method: http.MethodPut, path: "/api/clientpack", summary: "Update clientpack",
		needs: keyset, reply: oneOf{clientpack{}, taskStarted{}}, handle: putPack,
		args: append([]arg{name, enabled, checkedOut, {name: "regenerate", kind: boolean, about: "give it a new key"}}, without...),
	}, {
		method: http.MethodGet, path: "/api/clientpack/{clientpack_name}", summary: "Download clientpack by name",
		needs: keyset, reply: download{}, handle: getPackFile, args: []arg{inPath, format, noName},
	}, {
		method: http.MethodPut, path: "/api/clientpack/{clientpack_name}", summary: "Disconnect the client of a clientpack",
		needs: keyset, reply: clientDisconnected{}, handle: disconnectClient, args: []arg{inPath, disconnectNeeded, noName},
	}, {
		method: http.MethodPost, path: "/api/clientpack/{clientpack_name}", summary: "Create clientpack tag",
		needs: keyset, reply: clientpackTags{}, handle: postTag,
		args: []arg{inPath, key, {name: "value", required: true, about: "any text"}, noName},
	}, {
		method: http.MethodDelete, path: "/api/clientpack/{clientpack_name}", summary: "Delete clientpack tag",
		needs: keyset, reply: clientpackTags{}, handle: deleteTag, args: []arg{inPath, key, noName},
	}, {
		method: http.MethodPost, path: "/api/client/reset", summary: "Reset client",
		needs: keyset, reply: clientDisconnected{}, handle: disconnectClient, args: []arg{name, disconnect},
	}, {
		method: http.MethodPost, path: "/api/clients/reset_all", summary: "Reset all clients",
		needs: keyset, reply: clientsReset{}, handle: resetClients,
	}}
}
