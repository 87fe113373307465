package simulator_test

import "ringup/devices/printer/simulator"

func init() { links["pty"] = simulator.Terminal }
