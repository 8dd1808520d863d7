package clients

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"time"

	"rsc.io/qr"
)

// Format is a form in which a clientpack is exported.
type Format string

// The formats.
const (
	Conf  Format = "conf"
	Zip   Format = "zip"
	TarGz Format = "tar.gz"
	QR    Format = "qr" // text that a terminal shows as a QR code
)

// File is an exported clientpack.
type File struct {
	Name string
	Type string // MIME type
	Data []byte
}

// archive is the MIME type of every archive, as the product's description has it.
const archive = "application/octet-stream"

// Export puts a configuration into a file of the format. base is the file's name without its
// extension; at stamps what is inside an archive: equal texts make equal files. The error names the formats
// there are.
func Export(format Format, base, text string, at time.Time) (File, error) {
	file := File{Name: base + "." + string(format)}
	var err error
	switch format {
	case Conf:
		file.Type, file.Data = "text/plain; charset=utf-8", []byte(text)
	case Zip:
		file.Type = archive
		file.Data, err = zipped(base+".conf", text, at)
	case TarGz:
		file.Type = archive
		file.Data, err = tarred(base+".conf", text, at)
	case QR:
		file.Name, file.Type = base+".txt", "text/plain; charset=utf-8"
		file.Data, err = code(text)
	default:
		err = fmt.Errorf("there is no format %q: conf, zip, tar.gz or qr", format)
	}
	return file, err
}

func zipped(name, text string, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
	header.SetMode(0o600)
	w, err := z.CreateHeader(&header)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

func tarred(name, text string, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	t := tar.NewWriter(g)
	err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), ModTime: at})
	if err == nil {
		_, err = t.Write([]byte(text))
	}
	if err == nil {
		err = t.Close()
	}
	if err == nil {
		err = g.Close()
	}
	return b.Bytes(), err
}

// quiet is the light margin that readers of the code need, in modules.
const quiet = 2

// code draws the configuration as a QR code, two modules above each other in one character. Comments
// are left out, and so are the standby peers: mobiles have no NAT that stays, and a smaller code reads
// better.
func code(text string) ([]byte, error) {
	c, err := qr.Encode(brief(text), qr.L)
	if err != nil {
		return nil, fmt.Errorf("the clientpack does not fit into a QR code: %w", err)
	}
	var b strings.Builder
	for y := -quiet; y < c.Size+quiet; y += 2 {
		for x := -quiet; x < c.Size+quiet; x++ {
			b.WriteString(cells[half(c.Black(x, y))][half(c.Black(x, y+1))])
		}
		b.WriteByte('\n')
	}
	return []byte(b.String()), nil
}

// cells are the characters for an upper and a lower module, dark or not, on a dark terminal.
var cells = [2][2]string{{"█", "▀"}, {"▄", " "}}

func half(dark bool) int {
	if dark {
		return 1
	}
	return 0
}

// brief is the configuration up to its standby peers, without comments.
func brief(text string) string {
	var b strings.Builder
	peers := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "[Peer]") {
			peers++
		}
		if peers < 2 && !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
			b.WriteString(line)
		}
	}
	return b.String()
}
