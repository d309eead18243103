//go:build linux

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// makeHostile fills a folder with files that are meant to hurt whoever looks into them,
// and with some that are not, until ctx ends.
func makeHostile(ctx context.Context, folder string) error {
	picture := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i >> 7)
	}
	var goodPNG, goodJPEG, goodGIF bytes.Buffer
	frame := image.NewPaletted(picture.Rect, color.Palette{color.Black, color.White})
	frames := &gif.GIF{Image: []*image.Paletted{frame, frame, frame}, Delay: []int{0, 0, 0}}
	for _, err := range []error{png.Encode(&goodPNG, picture), jpeg.Encode(&goodJPEG, picture, nil), gif.EncodeAll(&goodGIF, frames)} {
		if err != nil {
			return err
		}
	}
	text := []byte(strings.Repeat("all is well\n", 1000))
	goodZip := zipped("a.txt", text, "b/c.txt", text, "d.tar.gz", gzipped(tarred("e.txt", text)))

	for name, data := range map[string]func() []byte{
		"good.png":          goodPNG.Bytes,
		"good.jpg":          goodJPEG.Bytes,
		"good.gif":          goodGIF.Bytes,
		"good.zip":          func() []byte { return goodZip },
		"good.tar.gz":       func() []byte { return gzipped(tarred("a.txt", text, "b.txt", text)) },
		"cut.png":           func() []byte { return goodPNG.Bytes()[:goodPNG.Len()/2] },
		"cut.jpg":           func() []byte { return goodJPEG.Bytes()[:goodJPEG.Len()/2] },
		"cut.zip":           func() []byte { return goodZip[:len(goodZip)/2] },
		"cut.tar.gz":        func() []byte { return gzipped(tarred("a.txt", text)[:1000]) },
		"flipped.png":       func() []byte { return flipped(goodPNG.Bytes()) },
		"flipped.zip":       func() []byte { return flipped(goodZip) },
		"huge.png":          func() []byte { return hugePNG(60000, 60000) },
		"huge.jpg":          func() []byte { return hugeJPEG(65500, 65500) },
		"frames.gif":        func() []byte { return endlessGIF(8000, 50) },
		"bomb.zip":          func() []byte { return bombZip(2 << 10) },
		"bomb.gz":           func() []byte { return bombGzip(64 << 10) },
		"sparse.tar":        func() []byte { return sparseTar(1 << 60) },
		"nested.zip":        func() []byte { return nestedZip(goodZip, 1000) },
		"escape.zip":        func() []byte { return zipped("../../etc/passwd", text) },
		"nothing.png":       func() []byte { return nil },
		"not-an-image.jpeg": func() []byte { return []byte("#!/bin/sh\necho gotcha\n") },
	} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := os.WriteFile(filepath.Join(folder, name), data(), 0o600); err != nil {
			return err
		}
	}
	return syscall.Mkfifo(filepath.Join(folder, "endless.gz"), 0o600)
}

// must is for writers into memory, which do not fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// zipped returns an archive of names and contents in turn.
func zipped(entries ...any) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i].(string))
		must(err)
		_, err = w.Write(entries[i+1].([]byte))
		must(err)
	}
	must(z.Close())
	return b.Bytes()
}

func tarred(entries ...any) []byte {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		data := entries[i+1].([]byte)
		must(t.WriteHeader(&tar.Header{Name: entries[i].(string), Mode: 0o600, Size: int64(len(data))}))
		_, err := t.Write(data)
		must(err)
	}
	must(t.Close())
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	must(err)
	must(z.Close())
	return b.Bytes()
}

// flipped returns data with one bit in the middle that is another.
func flipped(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)/2] ^= 1
	return data
}

// hugePNG claims to have so many pixels.
func hugePNG(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		b = append(append(b, name...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[len(b)-len(data)-4:]))
	}
	head := binary.BigEndian.AppendUint32(nil, width)
	head = binary.BigEndian.AppendUint32(head, height)
	chunk("IHDR", append(head, 8, 6, 0, 0, 0)) // 8 bits each of red, green, blue and alpha
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	_, err := z.Write(make([]byte, 100))
	must(err)
	must(z.Close())
	chunk("IDAT", pixels.Bytes())
	return b
}

// hugeJPEG claims that, too: the size stands in the fifth to eighth byte of a segment.
func hugeJPEG(width, height uint16) []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	data := b.Bytes()
	at := bytes.Index(data, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(data[at+5:], height)
	binary.BigEndian.PutUint16(data[at+7:], width)
	return data
}

// endlessGIF has so many frames of side x side pixels, all the same. A few large ones are
// too much memory before it takes long to decode them.
func endlessGIF(side, frames int) []byte {
	var b bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	must(gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{1}}))
	one := b.Bytes()
	// A frame that has a delay begins with it, and the last one ends before the last byte.
	first, end := bytes.Index(one, []byte("\x21\xf9\x04")), len(one)-1
	return slices.Concat(one[:first], bytes.Repeat(one[first:end], frames), one[end:])
}

// zeros returns so many MiB of zeros, deflated.
func zeros(times int) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	must(err)
	_, err = w.Write(make([]byte, 1<<20))
	must(err)
	must(w.Flush()) // to a byte: what follows is the same again
	all := bytes.Repeat(b.Bytes(), times)
	b.Reset()
	must(w.Close())
	return append(all, b.Bytes()...)
}

// bombZip has an entry of so many MiB.
func bombZip(times int) []byte {
	data := zeros(times)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: "zeros", Method: zip.Deflate,
		CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(times) << 20,
	})
	must(err)
	_, err = w.Write(data)
	must(err)
	must(z.Close())
	return b.Bytes()
}

// bombGzip is so many MiB.
func bombGzip(times int) []byte {
	b := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	return append(b, zeros(times)...)
}

// sparseTar has an entry of one byte and a hole.
func sparseTar(size int64) []byte {
	data := tarred("hole", []byte{1})
	data[156] = 'S' // GNU's, of the old kind
	copy(data[257:], "ustar  \x00")
	// One byte at the beginning, none at the end, and how long it is.
	copy(data[386:], octal(0)+octal(1)+binary12(size)+octal(0))
	copy(data[483:], binary12(size))
	sum := 0
	copy(data[148:], "        ")
	for _, b := range data[:512] {
		sum += int(b)
	}
	copy(data[148:], fmt.Sprintf("%06o\x00 ", sum))
	return data
}

func octal(n int64) string { return fmt.Sprintf("%011o\x00", n) }

// binary12 is what tar has for numbers that are too long in octal.
func binary12(n int64) string {
	return string(binary.BigEndian.AppendUint64([]byte{0x80, 0, 0, 0}, uint64(n)))
}

// nestedZip lies in so many others, none of which compresses it again.
func nestedZip(data []byte, depth int) []byte {
	for range depth {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateHeader(&zip.FileHeader{Name: "again.zip", Method: zip.Store})
		must(err)
		_, err = w.Write(data)
		must(err)
		must(z.Close())
		data = b.Bytes()
	}
	return data
}
