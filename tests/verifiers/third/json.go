package main

import (
	"math/big"
	"os"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Published JSON: nil, bool, *big.Int, string, []any and object. A file counts in its canonical form alone.

type object = map[string]any

// wrong is the first thing that does not hold.
type wrong struct{ file, words string }

func ensure(holds bool, file, words string) {
	if !holds {
		panic(wrong{file, words})
	}
}

func readJSON(path, file string) object {
	bytes, err := os.ReadFile(path)
	ensure(err == nil, file, "cannot be read")
	ensure(utf8.Valid(bytes), file, "is not UTF-8")
	r := &reader{text: string(bytes), file: file}
	value := r.value()
	ensure(r.text == canonical(value)+"\n", file, "is not in its canonical form")
	return asObject(value, file, "the whole")
}

type reader struct {
	text  string
	at    int
	file  string
	depth int
}

func (r *reader) fail() { panic(wrong{r.file, "is not JSON at byte " + strconv.Itoa(r.at)}) }

func (r *reader) take(text string) bool {
	if !strings.HasPrefix(r.text[r.at:], text) {
		return false
	}
	r.at += len(text)
	return true
}

func (r *reader) value() any {
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > 100 {
		r.fail()
	}
	switch {
	case r.take("null"):
		return nil
	case r.take("true"):
		return true
	case r.take("false"):
		return false
	case r.take("["):
		return r.list()
	case r.take("{"):
		return r.object()
	case strings.HasPrefix(r.text[r.at:], `"`):
		return r.string()
	}
	end := r.at
	for end < len(r.text) && strings.IndexByte("-0123456789", r.text[end]) >= 0 {
		end++
	}
	found, isNumber := new(big.Int).SetString(r.text[r.at:end], 10)
	if !isNumber {
		r.fail()
	}
	r.at = end
	return found
}

func (r *reader) list() any {
	found := []any{}
	if r.take("]") {
		return found
	}
	for {
		found = append(found, r.value())
		if r.take("]") {
			return found
		}
		if !r.take(",") {
			r.fail()
		}
	}
}

func (r *reader) object() any {
	found := object{}
	if r.take("}") {
		return found
	}
	for {
		key := r.string()
		if _, isKnown := found[key]; isKnown || !r.take(":") {
			r.fail()
		}
		found[key] = r.value()
		if r.take("}") {
			return found
		}
		if !r.take(",") {
			r.fail()
		}
	}
}

func (r *reader) string() string {
	begin := r.at
	if !r.take(`"`) {
		r.fail()
	}
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case '"':
			r.at++
			return unescaped(r, r.text[begin+1:r.at-1])
		case '\\':
			r.at++
		}
		r.at++
	}
	r.fail()
	return ""
}

// unescaped knows the escapes of the canonical form; another spelling fails when both forms are compared.
func unescaped(r *reader, text string) string {
	var found strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			found.WriteByte(text[i])
			continue
		}
		i++
		if i == len(text) {
			r.fail()
		}
		if place := strings.IndexByte(`"\bfnrt`, text[i]); place >= 0 {
			found.WriteByte("\"\\\b\f\n\r\t"[place])
			continue
		}
		if text[i] != 'u' || i+4 >= len(text) {
			r.fail()
		}
		code, err := strconv.ParseUint(text[i+1:i+5], 16, 16)
		if err != nil {
			r.fail()
		}
		found.WriteRune(rune(code))
		i += 4
	}
	return found.String()
}

func canonical(value any) string {
	var found strings.Builder
	write(&found, value)
	return found.String()
}

func write(to *strings.Builder, value any) {
	switch value := value.(type) {
	case nil:
		to.WriteString("null")
	case bool:
		to.WriteString(strconv.FormatBool(value))
	case *big.Int:
		to.WriteString(value.String())
	case string:
		quote(to, value)
	case []any:
		to.WriteByte('[')
		for i, each := range value {
			if i > 0 {
				to.WriteByte(',')
			}
			write(to, each)
		}
		to.WriteByte(']')
	case object:
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		sort.Strings(keys) // bytes of UTF-8 stand in the order of code points
		to.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				to.WriteByte(',')
			}
			quote(to, key)
			to.WriteByte(':')
			write(to, value[key])
		}
		to.WriteByte('}')
	}
}

func quote(to *strings.Builder, text string) {
	to.WriteByte('"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if place := strings.IndexByte("\"\\\b\f\n\r\t", c); place >= 0 {
			to.WriteByte('\\')
			to.WriteByte(`"\bfnrt`[place])
		} else if c < 0x20 {
			to.WriteString(`\u00`)
			to.WriteString(string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		} else {
			to.WriteByte(c)
		}
	}
	to.WriteByte('"')
}

// --- shapes -------------------------------------------------------------------------------------------------------

func asObject(value any, file, name string) object {
	found, fits := value.(object)
	ensure(fits, file, name+" is no object")
	return found
}

func asList(value any, file, name string) []any {
	found, fits := value.([]any)
	ensure(fits, file, name+" is no list")
	return found
}

func asText(value any, file, name string) string {
	found, fits := value.(string)
	ensure(fits, file, name+" is no text")
	return found
}

// asCount gives a whole number that is not negative and fits 63 bits.
func asCount(value any, file, name string) uint64 {
	found, fits := value.(*big.Int)
	ensure(fits && found.Sign() >= 0 && found.IsInt64(), file, name+" is no number")
	return found.Uint64()
}

// exactly ensures that an object has these keys and no others.
func exactly(value object, file, name string, keys ...string) {
	ensure(len(value) == len(keys), file, name+" has other parts than known")
	for _, key := range keys {
		_, isThere := value[key]
		ensure(isThere, file, name+" lacks "+key)
	}
}
