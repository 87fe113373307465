//go:build !windows

package till

import "os/exec"

func hideConsole(*exec.Cmd) {}
