// Owns: verifying a log's checkpoint and an inclusion proof of each record with golang.org/x/mod/sumdb, which shares
// nothing with this project. Call: go run . LOG VKEY, the records one per line in hex on standard input. Prints
// `verified N`.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tiles reads C2SP tlog-tiles, whose paths are those of tlog.Tile without the height.
type tiles struct{ log string }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range all {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(t.log, path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	log, vkey := os.Args[1], os.Args[2]
	signed, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	check(err)
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size, Hash: tlog.Hash(root)}
	reader := tlog.TileHashReader(tree, tiles{log})

	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<20)
	count := int64(0)
	for scanner.Scan() {
		record, err := hex.DecodeString(scanner.Text())
		check(err)
		proof, err := tlog.ProveRecord(size, count, reader)
		check(err)
		check(tlog.CheckRecord(proof, size, tree.Hash, count, tlog.RecordHash(record)))
		count++
	}
	if count != size {
		check(fmt.Errorf("%d records, a checkpoint of %d", count, size))
	}
	fmt.Printf("verified %d\n", count)
}
