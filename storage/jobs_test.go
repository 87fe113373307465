package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"ringup/storage"
)

func TestPrintJobsOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	open := func() *storage.Journal {
		j, err := storage.Open(dir, storage.Options{Ballast: -1})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	big := bytes.Repeat([]byte{0x1b}, 40_000)
	for _, r := range []storage.JobRow{{ID: "b", Open: true, Row: big}, {ID: "a", Open: true, Row: []byte("second")}, {ID: "c", Open: true}} {
		if err := j.SaveJob(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.SaveJob(storage.JobRow{ID: "a", Row: []byte("printed")}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer j.Close()
	list, err := j.OpenJobs()
	if err != nil || len(list) != 2 || list[0].ID != "b" || !bytes.Equal(list[0].Row, big) || list[1].ID != "c" {
		t.Errorf("open after the restart: %d jobs, %v", len(list), err)
	}
	if r, err := j.Job("a"); err != nil || r.Open || string(r.Row) != "printed" {
		t.Errorf("the settled job: %+v, %v", r, err)
	}
	if _, err := j.Job("z"); !errors.Is(err, storage.ErrNoJob) {
		t.Errorf("a job that never was: %v", err)
	}
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestOldPrintJobsAreForgottenButNotOpenOnes(t *testing.T) {
	j, err := storage.Open(t.TempDir(), storage.Options{Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.SaveJob(storage.JobRow{ID: "waits", Open: true}); err != nil {
		t.Fatal(err)
	}
	for i := range 230 {
		if err := j.SaveJob(storage.JobRow{ID: fmt.Sprint("job", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Job("job0"); !errors.Is(err, storage.ErrNoJob) {
		t.Errorf("the oldest settled job: %v", err)
	}
	if _, err := j.Job("job229"); err != nil {
		t.Errorf("the newest settled job: %v", err)
	}
	if list, err := j.OpenJobs(); err != nil || len(list) != 1 || list[0].ID != "waits" {
		t.Errorf("open: %v, %v", list, err)
	}
}

func TestJobsThatWaitForAPersonAreKeptLonger(t *testing.T) {
	j, err := storage.Open(t.TempDir(), storage.Options{Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i := range 3 {
		if err := j.SaveJob(storage.JobRow{ID: fmt.Sprint("lost", i), Waits: true, Row: []byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 230 {
		if err := j.SaveJob(storage.JobRow{ID: fmt.Sprint("job", i)}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := j.WaitingJobs()
	if err != nil || len(list) != 3 || list[0].ID != "lost2" || list[2].ID != "lost0" || string(list[2].Row) != "\x00" {
		t.Errorf("waiting: %v, %v", list, err)
	}
	if err := j.SaveJob(storage.JobRow{ID: "lost1"}); err != nil { // somebody looked
		t.Fatal(err)
	}
	if list, err := j.WaitingJobs(); err != nil || len(list) != 2 {
		t.Errorf("waiting after one was looked at: %v, %v", list, err)
	}
	if list, err := j.OpenJobs(); err != nil || len(list) != 0 {
		t.Errorf("open: %v, %v", list, err)
	}
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
