package printer

import (
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"
)

// hasSpooler tells that printers have a spooler here.
const hasSpooler = true

var (
	winspool         = windows.NewLazySystemDLL("winspool.drv")
	openPrinter      = winspool.NewProc("OpenPrinterW")
	closePrinter     = winspool.NewProc("ClosePrinter")
	enumPrinters     = winspool.NewProc("EnumPrintersW")
	getPrinter       = winspool.NewProc("GetPrinterW")
	getPrinterDriver = winspool.NewProc("GetPrinterDriverW")
	startDocPrinter  = winspool.NewProc("StartDocPrinterW")
	endDocPrinter    = winspool.NewProc("EndDocPrinter")
	startPagePrinter = winspool.NewProc("StartPagePrinter")
	endPagePrinter   = winspool.NewProc("EndPagePrinter")
	writePrinter     = winspool.NewProc("WritePrinter")
	getJob           = winspool.NewProc("GetJobW")
	setJob           = winspool.NewProc("SetJobW")
)

// printerInfo2 is PRINTER_INFO_2W.
type printerInfo2 struct {
	serverName, printerName, shareName, portName, driverName, comment, location *uint16
	devMode                                                                     unsafe.Pointer
	sepFile, printProcessor, datatype, parameters                               *uint16
	securityDescriptor                                                          unsafe.Pointer
	attributes, priority, defaultPriority, startTime, untilTime, status         uint32
	jobs, averagePPM                                                            uint32
}

// driverInfo8 is DRIVER_INFO_8W, as 64-bit systems lay it out.
type driverInfo8 struct {
	version                                                                                uint32
	name, environment, driverPath, dataFile, configFile, helpFile, dependentFiles, monitor *uint16
	defaultDataType, previousNames                                                         *uint16
	driverDate                                                                             windows.Filetime
	driverVersion                                                                          uint64
	mfgName, oemURL, hardwareID, provider, printProcessor, vendorSetup, colorProfiles      *uint16
	infPath                                                                                *uint16
	attributes                                                                             uint32
	coreDriverDependencies                                                                 *uint16
	minInboxDriverDate                                                                     windows.Filetime
	minInboxDriverVersion                                                                  uint64
}

// docInfo1 is DOC_INFO_1W.
type docInfo1 struct{ docName, outputFile, datatype *uint16 }

// jobInfo1 is JOB_INFO_1W.
type jobInfo1 struct {
	id                                                            uint32
	printerName, machineName, userName, document, datatype, words *uint16
	status, priority, position, totalPages, pagesPrinted          uint32
	submitted                                                     windows.Systemtime
}

const (
	enumLocal       = 0x2
	enumConnections = 0x4
	jobControlDel   = 5
	longestInfo     = 16 << 20
)

// winPrinter is a spooler of Windows.
type winPrinter struct{ handle windows.Handle }

// call calls a function that returns zero when it fails. What its arguments
// point to stays where it is meanwhile.
//
//go:uintptrescapes
func call(p *windows.LazyProc, args ...uintptr) (uintptr, error) {
	if err := p.Find(); err != nil {
		return 0, err
	}
	r, _, err := p.Call(args...)
	if r == 0 {
		if err == nil || errors.Is(err, windows.ERROR_SUCCESS) {
			err = windows.ERROR_GEN_FAILURE
		}
		return 0, fmt.Errorf("%s: %w", p.Name, err)
	}
	return r, nil
}

// info calls a function that fills a buffer, once to learn how long it has to
// be, and again if that has grown meanwhile.
func info(get func(buf unsafe.Pointer, size uint32, needed *uint32) error) ([]byte, error) {
	// Room for the usual; the words that a structure points to stand behind it.
	buf := make([]uint64, 512)
	for range 8 {
		size := uint32(len(buf) * 8)
		var needed uint32
		err := get(unsafe.Pointer(&buf[0]), size, &needed)
		if err == nil {
			return unsafe.Slice((*byte)(unsafe.Pointer(&buf[0])), size), nil
		}
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) && !errors.Is(err, windows.ERROR_MORE_DATA) || needed <= size || needed > longestInfo {
			return nil, err
		}
		buf = make([]uint64, (needed+7)/8)
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

func openSpooler(name string) (spooler, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	var handle windows.Handle
	if _, err := call(openPrinter, uintptr(unsafe.Pointer(text)), uintptr(unsafe.Pointer(&handle)), 0); err != nil {
		if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			err = fmt.Errorf("%w: %w", fs.ErrPermission, err)
		}
		return nil, err
	}
	return &winPrinter{handle}, nil
}

func (w *winPrinter) Close() error {
	_, err := call(closePrinter, uintptr(w.handle))
	return err
}

func (w *winPrinter) State() (attributes, status uint32, err error) {
	buf, err := info(func(buf unsafe.Pointer, size uint32, needed *uint32) error {
		_, err := call(getPrinter, uintptr(w.handle), 2, uintptr(buf), uintptr(size), uintptr(unsafe.Pointer(needed)))
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	p := (*printerInfo2)(unsafe.Pointer(&buf[0]))
	return p.attributes, p.status, nil
}

func (w *winPrinter) Driver() (uint32, error) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		return 0, errors.ErrUnsupported
	}
	buf, err := info(func(buf unsafe.Pointer, size uint32, needed *uint32) error {
		_, err := call(getPrinterDriver, uintptr(w.handle), 0, 8, uintptr(buf), uintptr(size), uintptr(unsafe.Pointer(needed)))
		return err
	})
	if err != nil {
		return 0, err
	}
	return (*driverInfo8)(unsafe.Pointer(&buf[0])).attributes, nil
}

func (w *winPrinter) Start(datatype string) (uint32, error) {
	name, err := windows.UTF16PtrFromString("Ringup")
	if err != nil {
		return 0, err
	}
	kind, err := windows.UTF16PtrFromString(datatype)
	if err != nil {
		return 0, err
	}
	doc := docInfo1{docName: name, datatype: kind}
	job, err := call(startDocPrinter, uintptr(w.handle), 1, uintptr(unsafe.Pointer(&doc)))
	if err != nil {
		return 0, err
	}
	if _, err := call(startPagePrinter, uintptr(w.handle)); err != nil {
		return 0, errors.Join(err, w.Delete(uint32(job)), w.endDoc())
	}
	return uint32(job), nil
}

func (w *winPrinter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var written uint32
	_, err := call(writePrinter, uintptr(w.handle), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(unsafe.Pointer(&written)))
	return int(written), err
}

func (w *winPrinter) End() error {
	_, err := call(endPagePrinter, uintptr(w.handle))
	return errors.Join(err, w.endDoc())
}

func (w *winPrinter) endDoc() error {
	_, err := call(endDocPrinter, uintptr(w.handle))
	return err
}

func (w *winPrinter) Job(job uint32) (uint32, error) {
	buf, err := info(func(buf unsafe.Pointer, size uint32, needed *uint32) error {
		_, err := call(getJob, uintptr(w.handle), uintptr(job), 1, uintptr(buf), uintptr(size), uintptr(unsafe.Pointer(needed)))
		return err
	})
	if err != nil {
		return 0, noJob(err)
	}
	return (*jobInfo1)(unsafe.Pointer(&buf[0])).status, nil
}

func (w *winPrinter) Delete(job uint32) error {
	_, err := call(setJob, uintptr(w.handle), uintptr(job), 0, 0, jobControlDel)
	return noJob(err)
}

// noJob: the spooler calls the number of a job that it has finished a wrong
// parameter.
func noJob(err error) error {
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return fmt.Errorf("%w: %w", errNoJob, err)
	}
	return err
}

// spoolPrinters lists the printers that Windows has installed and that may
// print on paper.
func spoolPrinters() (found []Found, err error) {
	var count uint32
	buf, err := info(func(buf unsafe.Pointer, size uint32, needed *uint32) error {
		_, err := call(enumPrinters, enumLocal|enumConnections, 0, 2, uintptr(buf), uintptr(size), uintptr(unsafe.Pointer(needed)), uintptr(unsafe.Pointer(&count)))
		return err
	})
	if err != nil {
		return nil, err
	}
	if uintptr(count)*unsafe.Sizeof(printerInfo2{}) > uintptr(len(buf)) {
		return nil, windows.ERROR_INVALID_DATA
	}
	for _, p := range unsafe.Slice((*printerInfo2)(unsafe.Pointer(&buf[0])), count) {
		name := windows.UTF16PtrToString(p.printerName)
		if name == "" || !toPaper(windows.UTF16PtrToString(p.portName)) {
			continue
		}
		found = append(found, Found{Link: "spool://" + name, Name: printable(name + " " + windows.UTF16PtrToString(p.driverName))})
	}
	return found, nil
}
