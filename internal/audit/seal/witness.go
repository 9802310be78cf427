package seal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"officeportal/internal/store"
)

// tellEvery is how often the log is told of a checkpoint, at most.
const tellEvery = time.Minute

// witness carries checkpoints to where whoever rules the database does not: the log of the process, and a file.
type witness struct {
	file   string
	told   int64 // size in the log
	at     time.Time
	kept   int64 // size in the file
	silent bool  // about the file, after it was told what is wrong with it
}

// KeepIn makes Run keep the newest checkpoint in a file, replaced as a whole. A file that holds a checkpoint which the
// tree does not continue is evidence: it is left as it is, and the log says so.
func KeepIn(file string) Option { return func(l *Log) { l.notes.file = file } }

// tell writes the newest checkpoint if it is due; it is called after every look.
func (w *witness) tell(ctx context.Context, l *Log) {
	l.mu.Lock()
	size := l.seen.N
	l.mu.Unlock()
	if size > w.told && time.Since(w.at) >= tellEvery {
		w.log(ctx, l)
	}
	if w.file != "" {
		w.keep(ctx, l)
	}
}

// finish writes what tell would have written later.
func (w *witness) finish(ctx context.Context, l *Log) {
	w.at = time.Time{}
	w.tell(ctx, l)
}

func (w *witness) log(ctx context.Context, l *Log) {
	c, err := l.Checkpoint(ctx)
	if err != nil {
		return
	}
	w.told, w.at = c.Size, time.Now()
	l.log.InfoContext(ctx, "audit: checkpoint", slog.Int64("size", c.Size), slog.String("root", c.Root.String()), slog.String("note", c.Note))
}

func (w *witness) keep(ctx context.Context, l *Log) {
	c, err := l.Checkpoint(ctx) // another process may have made it
	if errors.Is(err, ErrNoCheckpoint) || err == nil && c.Size <= w.kept {
		return
	}
	if err == nil {
		err = l.continues(ctx, w.file, c)
	}
	if err == nil {
		err = replace(w.file, c.Note)
	}
	switch {
	case err == nil:
		w.kept, w.silent = c.Size, false
	case !w.silent:
		w.silent = true
		l.log.ErrorContext(ctx, "audit: the checkpoint is not kept", slog.String("file", w.file), slog.String("error", store.Cause(err)))
	}
}

// continues returns nil when the checkpoint in the file, if there is one, is of the same tree as c and not newer.
func (l *Log) continues(ctx context.Context, file string, c Checkpoint) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(text) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	kept, err := l.Open(string(text))
	if err != nil {
		return err
	}
	if kept.N > c.Size {
		return fmt.Errorf("%w: the file says %d entries, the database holds %d", ErrTampered, kept.N, c.Size)
	}
	r := &reader{ctx: system(ctx), client: l.store.Client, known: map[int64]tlog.Hash{}}
	root, err := rootOf(r, kept.N)
	if err != nil {
		return err
	}
	if root != kept.Hash {
		return fmt.Errorf("%w: the tree is not the one of the file", ErrTampered)
	}
	return nil
}

// replace writes a file as a whole or not at all, readable by whoever may read its directory.
func replace(file, text string) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".checkpoint-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
