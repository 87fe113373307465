package payments_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The house has rooms, and its arrows point inward, to payments, which knows
// nobody. These tests keep it so.

// root is the module's folder, seen from here.
const root = ".."

// rooms says what of ours each room may import. The longest folder that holds a
// package is its room; "/..." means the rooms inside as well.
var rooms = map[string][]string{
	".":                   {"ui/...", "payments/...", "devices/...", "receipts/...", "storage/...", "assets"},
	"ui/desktop":          {"ui/till", "ui/phrases", "payments", "devices/scanner", "assets"},
	"ui/console":          {"ui/till", "ui/phrases", "payments/...", "devices/scanner", "assets"},
	"ui/till":             {"ui/phrases", "storage/...", "receipts/...", "devices/...", "payments/...", "assets"},
	"ui/phrases":          {"assets"},
	"payments":            {},
	"payments/alipay":     {"payments"},
	"payments/sandbox":    {"payments", "payments/alipay"},
	"payments/settlement": {"payments"},
	"payments/onboarding": {"payments", "payments/alipay"},
	"payments/health":     {"payments"},
	"storage":             {"payments"},
	"storage/export":      {"storage", "payments"},
	"receipts":            {"payments", "assets"},
	"devices":             {},
	"assets":              {},
}

// keepers says which rooms alone may import a library, which is all that its
// path begins.
var keepers = map[string][]string{
	"fyne.io/":                 {".", "ui/desktop"},
	"github.com/xuri/excelize": {"storage/export"},
	"go.etcd.io/bbolt":         {"storage", "payments/sandbox"},
}

// needsScreen is what opens real windows: it needs cgo, X11 and OpenGL, so what
// reaches it can't be tested without them.
const needsScreen = "fyne.io/fyne/v2/app"

// topLevel is all that stands in the module's folder.
var topLevel = []string{
	"go.mod", "go.sum", "main.go", "ui", "payments", "devices", "receipts", "storage", "assets",
	"FyneApp.toml", "Makefile", "README.md", "LICENSE", ".gitignore", ".ci",
}

// listed is a package as go list tells it.
type listed struct {
	ImportPath string
	Name       string
	Imports    []string
	Deps       []string
	Module     *struct{ Main bool }
	Error      *struct{ Err string }
	DepsErrors []struct{ Err string }
}

// folder is where the package stands in the module: "." or "ui/till".
func (p listed) folder() string {
	if p.ImportPath == "ringup" {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, "ringup/")
}

func TestEveryPackageImportsOnlyWhatItsRoomMay(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range packages(t, system) {
				room := roomOf(p.folder())
				if room == "" {
					t.Errorf("%s stands in no room of the house", p.folder())
					continue
				}
				for _, imported := range p.Imports {
					to, ours := strings.CutPrefix(imported, "ringup/")
					if ours && roomOf(to) != room && !mayImport(room, to) {
						t.Errorf("%s imports %s, which the room %s may not", p.folder(), to, room)
					}
				}
			}
		})
	}
}

func TestLibrariesStayWithTheirKeepers(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range packages(t, system) {
				for library, keeping := range keepers {
					for _, imported := range p.Imports {
						if strings.HasPrefix(imported, library) && !slices.Contains(keeping, roomOf(p.folder())) {
							t.Errorf("%s imports %s, which only %v may", p.folder(), imported, keeping)
						}
					}
				}
			}
		})
	}
}

func TestOnlyMainReachesTheScreen(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range packages(t, system) {
				if p.folder() != "." && slices.Contains(p.Deps, needsScreen) {
					t.Errorf("%s reaches %s", p.folder(), needsScreen)
				}
			}
		})
	}
}

func TestAllButMainBuildWithoutCgo(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range packages(t, system) {
				if p.folder() == "." {
					continue
				}
				if p.Error != nil {
					t.Errorf("%s: %s", p.folder(), p.Error.Err)
				}
				for _, e := range p.DepsErrors {
					t.Errorf("%s would not build: %s", p.folder(), e.Err)
				}
			}
		})
	}
}

func TestNamesSayWhatIsInside(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "misc"}
	// To have looked into every folder is also what lets go test know that a
	// file elsewhere changed, and not repeat an old result of this package.
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || name == "build" || strings.HasPrefix(name, ".") && file != root) {
			return fs.SkipDir
		}
		if !entry.IsDir() && path.Ext(name) != ".go" {
			return nil
		}
		for _, word := range strings.Split(strings.TrimSuffix(name, ".go"), "_") {
			if slices.Contains(empty, word) {
				t.Errorf("%s: %q says nothing about what is inside", file, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages(t, "linux") {
		if slices.Contains(empty, p.Name) {
			t.Errorf("%s: package %s says nothing about what is inside", p.folder(), p.Name)
		}
	}
}

func TestTheTopLevelIsFixed(t *testing.T) {
	// What git keeps, so that a note lying about breaks nothing.
	out, err := exec.Command("git", "-C", root, "ls-files").Output()
	if err != nil {
		t.Skipf("not a git checkout, so nothing tells what belongs to the project: %v", err)
	}
	found := map[string]bool{}
	for file := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(file), "/")
		found[top] = true
	}
	for top := range found {
		if !slices.Contains(topLevel, top) {
			t.Errorf("%s stands at the top, where only these do: %v", top, topLevel)
		}
	}
}

// roomOf is the room that a folder of ours belongs to, "" when it has none.
func roomOf(folder string) string {
	for at := folder; ; at = path.Dir(at) {
		if _, ok := rooms[at]; ok && (at != "." || folder == ".") {
			return at
		}
		if at == "." {
			return ""
		}
	}
}

// mayImport reports whether what stands in room may import the package in folder.
func mayImport(room, folder string) bool {
	return slices.ContainsFunc(rooms[room], func(allowed string) bool {
		allowed, inside := strings.CutSuffix(allowed, "/...")
		return folder == allowed || inside && strings.HasPrefix(folder, allowed+"/")
	})
}

// packages are all packages of ours, without cgo, as they are built for system.
func packages(t *testing.T, system string) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Name,Imports,Deps,Module,Error,DepsErrors", "./...")
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	var complaint bytes.Buffer
	list.Stderr = &complaint
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	var ours []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && p.Module.Main {
			ours = append(ours, p)
		}
	}
	if len(ours) == 0 {
		t.Fatal("go list found no package of ours")
	}
	return ours
}
