package commands

import "testing"

// The overlay is laid out in a network of one's own by command as on the page.
func TestParametersInSubnet(t *testing.T) {
	config, _ := controllerFile(t, "")
	w := newWorld(t).at(config)
	w.must("license", "install", "--community")
	for flag, want := range map[string]string{"10.200.0.0/28": "do not fit", "224.0.0.0/22": "multicast", "10.200.0.1/22": "beyond its prefix length"} {
		if r := w.run("license", "parameters", "--subnet", flag, "--yes"); r.code != exitFailed {
			t.Errorf("%s: exit %d", flag, r.code)
		} else {
			wants(t, r.err, want)
		}
	}
	if r := w.run("license", "parameters", "--subnet", "10.200.0.0/22", "--default"); r.code != exitWrong {
		t.Errorf("two ways at once: exit %d", r.code)
	}
	wants(t, w.must("license", "parameters", "--subnet", "10.200.0.0/22", "--yes"), "10.200.0.0/22, VIP 10.200.3.254")
}
