// A third verifier of draws, written from docs/reference/draw.md alone, in another language and by other means than the
// two that are published: Go's own SHA-256 and Ed25519, a plain walk over the list for each ticket.
//
//	go build -o third ./tests/verifiers/third && ./third FOLDER...
//
// One line of JSON a folder: {"folder", "file", "wrong"}, both empty when everything holds.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	manifestFile = "manifest.json"
	entriesFile  = "entries.csv"
	resultFile   = "result.json"
	rules        = "festival-draw/v1"
	quicknet     = "drand-quicknet/v1"
	figures      = "figures/v1"
	chain        = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
	genesis      = 1692803367
	tag          = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
	publicKey    = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
		"0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
	// The usual generator of the second group, compressed.
	generator = "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
		"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)

var (
	roles  = []string{"auditor", "seal_officer"}
	line   = regexp.MustCompile(`^(0|[1-9][0-9]{0,9}),([0-9a-f]{32}),([0-9a-f]{64}),([1-9][0-9]{0,9})$`)
	moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--vectors" {
		vectors()
		return
	}
	for _, folder := range os.Args[1:] {
		found := judged(folder)
		told, _ := json.Marshal(map[string]string{"folder": folder, "file": found.file, "wrong": found.words})
		fmt.Println(string(told))
	}
}

func judged(folder string) (found wrong) {
	defer func() {
		if problem := recover(); problem != nil {
			told, isWrong := problem.(wrong)
			if !isWrong {
				panic(problem)
			}
			found = told
		}
	}()
	check(folder)
	return
}

type entry struct {
	id, person string
	weight     uint64
	isOut      bool
}

type draw struct {
	id      string
	digest  [32]byte
	told    object
	signers map[string]ed25519.PublicKey
	entries []entry
	stages  []any
}

func check(folder string) {
	manifest := readJSON(filepath.Join(folder, manifestFile), manifestFile)
	exactly(manifest, manifestFile, "it", "draw", "signatures")
	told := asObject(manifest["draw"], manifestFile, "draw")
	ensure(told["format"] == "bazargah-draw/1" && told["rules"] == rules, manifestFile, "unknown format or rules")
	d := draw{
		id:      asText(told["id"], manifestFile, "id"),
		digest:  sha256.Sum256([]byte(canonical(told))),
		told:    asObject(told["entries"], manifestFile, "entries"),
		signers: signersOf(asList(told["signers"], manifestFile, "signers")),
		stages:  asList(told["stages"], manifestFile, "stages"),
	}
	d.ensureSigned(told, manifest["signatures"], manifestFile, "draw")
	d.readEntries(filepath.Join(folder, entriesFile))

	result := readJSON(filepath.Join(folder, resultFile), resultFile)
	exactly(result, resultFile, "it", "format", "draw", "manifest_sha256", "stages")
	ensure(result["format"] == "bazargah-result/1", resultFile, "unknown format")
	ensure(result["draw"] == d.id, resultFile, "of another draw")
	ensure(result["manifest_sha256"] == hex.EncodeToString(d.digest[:]), resultFile, "of another manifest")
	stages := asList(result["stages"], resultFile, "stages")
	ensure(len(stages) > 0 && len(stages) <= len(d.stages), resultFile, "more or fewer stages than planned")
	units := unitsOf(asList(told["prizes"], manifestFile, "prizes"))
	for number, each := range stages {
		stage := asObject(each, resultFile, "stage")
		exactly(stage, resultFile, "stage", "drawn", "signatures")
		drawn := asObject(stage["drawn"], resultFile, "drawn")
		d.ensureSigned(drawn, stage["signatures"], resultFile, "stage")
		units = d.checkStage(uint64(number), drawn, units)
	}
}

// --- manifest -----------------------------------------------------------------------------------------------------

func unhex(value any, size int, file, name string) []byte {
	text := asText(value, file, name)
	found, err := hex.DecodeString(text)
	ensure(err == nil && len(found) == size && strings.ToLower(text) == text, file, name+" is no hex of its size")
	return found
}

func signersOf(list []any) map[string]ed25519.PublicKey {
	found := map[string]ed25519.PublicKey{}
	for _, each := range list {
		signer := asObject(each, manifestFile, "signer")
		key := unhex(signer["key"], 32, manifestFile, "key")
		found[asText(signer["role"], manifestFile, "role")] = key
		// A point in its only form: y below 2^255 - 19.
		y := append([]byte{}, key...)
		y[31] &= 0x7f
		for i, j := 0, 31; i < j; i, j = i+1, j-1 {
			y[i], y[j] = y[j], y[i]
		}
		field := new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
		ensure(new(big.Int).SetBytes(y).Cmp(field) < 0, manifestFile, "a key in a second form")
	}
	areTwo := len(list) == 2 && found[roles[0]] != nil && found[roles[1]] != nil
	ensure(areTwo && !bytes.Equal(found[roles[0]], found[roles[1]]), manifestFile, "does not name two signers")
	return found
}

func (d *draw) ensureSigned(value any, signatures any, file, name string) {
	message := []byte(canonical(value))
	list := asList(signatures, file, "signatures")
	ensure(len(list) == 2, file, name+" is not signed by two")
	byRole := map[string][]byte{}
	for _, each := range list {
		one := asObject(each, file, "signature")
		exactly(one, file, "signature", "role", "signature")
		byRole[asText(one["role"], file, "role")] = unhex(one["signature"], 64, file, "signature")
	}
	for _, role := range roles {
		signature, isThere := byRole[role]
		ensure(isThere && ed25519.Verify(d.signers[role], message, signature), file, name+": false signature of "+role)
	}
}

func unitsOf(prizes []any) []any {
	found := []any{}
	for _, each := range prizes {
		prize := asObject(each, manifestFile, "prize")
		count := asCount(prize["count"], manifestFile, "count")
		for unit := uint64(1); unit <= count; unit++ {
			rank := new(big.Int).SetUint64(asCount(prize["rank"], manifestFile, "rank"))
			found = append(found, []any{rank, new(big.Int).SetUint64(unit)})
		}
	}
	return found
}

// --- entries ------------------------------------------------------------------------------------------------------

func (d *draw) readEntries(path string) {
	file, err := os.Open(path)
	ensure(err == nil, entriesFile, "cannot be read")
	defer file.Close()
	whole, tree := sha256.New(), peaks{}
	persons, weight, before := map[string]string{}, uint64(0), ""
	lines := bufio.NewReaderSize(file, 1<<20)
	for number := -1; ; number++ {
		text, err := lines.ReadString('\n')
		if err != nil {
			ensure(text == "" && number >= 0, entriesFile, "the last line does not end")
			break
		}
		whole.Write([]byte(text))
		text = text[:len(text)-1]
		if number < 0 {
			ensure(text == "index,entry_id,pseudonym,weight", entriesFile, "another first line")
			continue
		}
		parts := line.FindStringSubmatch(text)
		ensure(parts != nil && parts[1] == strconv.Itoa(number), entriesFile, "a malformed line")
		ensure(before < parts[2], entriesFile, "a line out of order")
		before = strings.Clone(parts[2])
		person, isKnown := persons[parts[3]]
		if !isKnown {
			person = strings.Clone(parts[3])
			persons[person] = person
		}
		chances, _ := strconv.ParseUint(parts[4], 10, 64)
		weight += chances
		d.entries = append(d.entries, entry{id: before, person: person, weight: chances})
		tree.add(text)
	}
	root := tree.root()
	ensure(d.told["merkle_root"] == hex.EncodeToString(root[:]), entriesFile, "another root")
	ensure(d.told["sha256"] == hex.EncodeToString(whole.Sum(nil)), entriesFile, "another digest")
	ensure(asCount(d.told["count"], manifestFile, "count") == uint64(len(d.entries)), entriesFile, "another count")
	ensure(asCount(d.told["weight"], manifestFile, "weight") == weight, entriesFile, "another weight")
	ensure(asCount(d.told["persons"], manifestFile, "persons") == uint64(len(persons)), entriesFile, "other persons")
}

// peaks are the roots of the full trees of which a growing list consists, the highest first.
type peaks []struct {
	height int
	hash   [32]byte
}

func node(left, right [32]byte) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func (p *peaks) add(leaf string) {
	hash, height := sha256.Sum256(append([]byte{0}, leaf...)), 0
	for n := len(*p) - 1; n >= 0 && (*p)[n].height == height; n-- {
		hash, height = node((*p)[n].hash, hash), height+1
		*p = (*p)[:n]
	}
	*p = append(*p, struct {
		height int
		hash   [32]byte
	}{height, hash})
}

func (p peaks) root() [32]byte {
	if len(p) == 0 {
		return sha256.Sum256(nil)
	}
	hash := p[len(p)-1].hash
	for n := len(p) - 2; n >= 0; n-- {
		hash = node(p[n].hash, hash)
	}
	return hash
}

// --- randomness ---------------------------------------------------------------------------------------------------

func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
func lp(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
}

func (d *draw) randomness(number uint64, drawn object) []byte {
	stage := asObject(d.stages[number], manifestFile, "stage")
	sources := asList(stage["sources"], manifestFile, "sources")
	place := asCount(drawn["source_number"], resultFile, "source_number")
	ensure(place < uint64(len(sources)), resultFile, "a source that the manifest does not name")
	named := asObject(sources[place], manifestFile, "source")
	gave := asObject(drawn["source"], resultFile, "source")
	ensure(gave["kind"] == named["kind"], resultFile, "another kind of source")
	switch named["kind"] {
	case quicknet:
		return fromQuicknet(stage, named, gave)
	case figures:
		return fromFigures(named, gave)
	}
	panic(wrong{manifestFile, "an unknown source"})
}

func fromQuicknet(stage, named, gave object) []byte {
	exactly(gave, resultFile, "source", "kind", "round", "signature", "randomness")
	ensure(named["chain_hash"] == chain, manifestFile, "another chain")
	at := asText(stage["at"], manifestFile, "at")
	when, err := time.Parse("2006-01-02T15:04:05Z", at)
	ensure(err == nil && moment.MatchString(at) && when.Unix() >= genesis, manifestFile, "no moment")
	round := asCount(named["round"], manifestFile, "round")
	ensure(round == uint64(when.Unix()-genesis)/3+1, manifestFile, "not the round of its moment")
	ensure(asCount(gave["round"], resultFile, "round") == round, resultFile, "another round")
	signature := unhex(gave["signature"], 48, resultFile, "signature")
	digest := sha256.Sum256(signature)
	ensure(gave["randomness"] == hex.EncodeToString(digest[:]), resultFile, "another randomness")
	ensure(isOfRound(round, signature), resultFile, "the round's signature is false")
	chainHash, _ := hex.DecodeString(chain)
	return append(lp(append(chainHash, u64(round)...)), lp(signature)...)
}

// Each round's signature is computed once, in however many folders it stands.
var known = map[string]bool{}

func isOfRound(round uint64, signature []byte) bool {
	name := string(u64(round)) + string(signature)
	if _, isKnown := known[name]; !isKnown {
		known[name] = isPairedWith(round, signature)
	}
	return known[name]
}

func isPairedWith(round uint64, signature []byte) bool {
	signed, fits := ofG1(signature)
	if !fits {
		return false
	}
	message := sha256.Sum256(u64(round))
	key, _ := hex.DecodeString(publicKey)
	base, _ := hex.DecodeString(generator)
	return arePaired(signed, ofG2(base), hashedToG1(message[:], tag), ofG2(key))
}

func fromFigures(named, gave object) []byte {
	exactly(gave, resultFile, "source", "kind", "typed")
	typed := asList(gave["typed"], resultFile, "typed")
	ensure(len(typed) == 2, resultFile, "not typed by two")
	by, what := [2]string{}, [2]object{}
	for i, each := range typed {
		one := asObject(each, resultFile, "typed")
		exactly(one, resultFile, "typed", "by", "figures")
		by[i], what[i] = asText(one["by"], resultFile, "by"), asObject(one["figures"], resultFile, "figures")
	}
	ensure(by[0] != by[1], resultFile, "typed by one person")
	ensure(canonical(what[0]) == canonical(what[1]), resultFile, "two persons typed different figures")
	wanted := asList(named["figures"], manifestFile, "figures")
	ensure(len(wanted) == len(what[0]), resultFile, "other figures than named")
	var text strings.Builder
	for _, each := range wanted {
		name := asText(asObject(each, manifestFile, "figure")["name"], manifestFile, "name")
		numbers := []*big.Int{}
		for _, each := range asList(what[0][name], resultFile, name) {
			number, fits := each.(*big.Int)
			ensure(fits && number.Sign() >= 0 && number.IsInt64(), resultFile, name+" is no number")
			numbers = append(numbers, number)
		}
		ensure(len(numbers) > 0, resultFile, name+" has no number")
		sort.Slice(numbers, func(i, j int) bool { return numbers[i].Cmp(numbers[j]) < 0 })
		for _, number := range numbers {
			text.WriteString(number.String() + ".")
		}
		text.WriteString("/")
	}
	return append(lp([]byte(figures)), lp([]byte(text.String()))...)
}

// --- a stage ------------------------------------------------------------------------------------------------------

func (d *draw) checkStage(number uint64, drawn object, before []any) []any {
	exactly(drawn, resultFile, "drawn",
		"stage", "source_number", "source", "seed", "skips", "prizes", "picks", "undrawn")
	ensure(asCount(drawn["stage"], resultFile, "stage") == number, resultFile, "another stage")
	units := asList(drawn["prizes"], resultFile, "prizes")
	if number == 0 {
		ensure(canonical(units) == canonical(before), resultFile, "other prizes than the manifest's")
	}
	ensure(len(units) > 0, resultFile, "no prizes")
	at := 0
	for _, unit := range before {
		if at < len(units) && canonical(units[at]) == canonical(unit) {
			at++
		}
	}
	ensure(at == len(units), resultFile, "prizes that were not open, or in another order")

	seedOf := sha256.New()
	for _, part := range [][]byte{
		append([]byte(rules), 0), lp([]byte(d.id)), lp(d.digest[:]),
		lp(unhex(d.told["merkle_root"], 32, manifestFile, "root")), u64(asCount(d.told["count"], manifestFile, "count")),
		u64(asCount(d.told["weight"], manifestFile, "weight")), u64(number), d.randomness(number, drawn),
	} {
		seedOf.Write(part)
	}
	seed := seedOf.Sum(nil)
	ensure(drawn["seed"] == hex.EncodeToString(seed), resultFile, "another seed")
	picks, undrawn := d.picks(units, d.skips(number, drawn["skips"]), &stream{seed: seed})
	told := asList(drawn["picks"], resultFile, "picks")
	ensure(len(told) == len(picks), resultFile, "more or fewer picks")
	for i := range picks {
		ensure(canonical(picks[i]) == canonical(told[i]), resultFile, fmt.Sprintf("pick %d is another", i))
	}
	ensure(canonical(asList(drawn["undrawn"], resultFile, "undrawn")) == canonical(undrawn), resultFile, "left over")
	return units
}

func (d *draw) skips(number uint64, value any) map[[2]string]string {
	whole := asObject(value, resultFile, "skips")
	exactly(whole, resultFile, "skips", "told", "signatures")
	told := asObject(whole["told"], resultFile, "told")
	exactly(told, resultFile, "told", "draw", "stage", "list")
	d.ensureSigned(told, whole["signatures"], resultFile, "skips")
	isOurs := told["draw"] == d.id && asCount(told["stage"], resultFile, "stage") == number
	ensure(isOurs, resultFile, "the skip list of another stage")
	found := map[[2]string]string{}
	for _, each := range asList(told["list"], resultFile, "list") {
		one := asObject(each, resultFile, "skip")
		exactly(one, resultFile, "skip", "kind", "id", "reason")
		kind, reason := asText(one["kind"], resultFile, "kind"), asText(one["reason"], resultFile, "reason")
		ensure((kind == "entry" || kind == "person") && reason != "", resultFile, "a skip without kind or reason")
		found[[2]string{kind, asText(one["id"], resultFile, "id")}] = reason
	}
	return found
}

type stream struct {
	seed    []byte
	counter uint64
	words   []uint64
}

func (s *stream) next() uint64 {
	if len(s.words) == 0 {
		block := sha256.Sum256(append(append([]byte{}, s.seed...), u64(s.counter)...))
		for at := 0; at < 32; at += 8 {
			s.words = append(s.words, binary.BigEndian.Uint64(block[at:]))
		}
		s.counter++
	}
	word := s.words[0]
	s.words = s.words[1:]
	return word
}

// below: 2^64 mod m is (2^64 - m) mod m, which fits; the words above the last whole multiple are passed over.
func (s *stream) below(m uint64) uint64 {
	rest := (-m) % m
	for {
		if word := s.next(); rest == 0 || word < -rest {
			return word % m
		}
	}
}

func (d *draw) picks(units []any, skips map[[2]string]string, words *stream) ([]any, []any) {
	count := func(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
	found, left := []any{}, uint64(0)
	for _, each := range d.entries {
		if !each.isOut {
			left += each.weight
		}
	}
	for place := 0; place < len(units); {
		if left == 0 {
			return found, units[place:]
		}
		of := left
		ticket := words.below(of)
		index, rest := 0, ticket
		for ; d.entries[index].isOut || rest >= d.entries[index].weight; index++ {
			if !d.entries[index].isOut {
				rest -= d.entries[index].weight
			}
		}
		drawn := d.entries[index]
		ofEntry, isEntry := skips[[2]string{"entry", drawn.id}]
		ofPerson, isPerson := skips[[2]string{"person", drawn.person}]
		var reason any
		if isEntry {
			reason = ofEntry
		} else if isPerson {
			reason = ofPerson
		}
		found = append(found, object{
			"prize": units[place], "ticket": count(ticket), "of": count(of), "index": count(uint64(index)),
			"entry_id": drawn.id, "pseudonym": drawn.person, "skipped": reason,
		})
		for i := range d.entries {
			isThis := i == index || d.entries[i].person == drawn.person && (isPerson || !isEntry)
			if isThis && !d.entries[i].isOut {
				d.entries[i].isOut = true
				left -= d.entries[i].weight
			}
		}
		if reason == nil {
			place++
		}
	}
	return found, []any{}
}

// --- vectors ------------------------------------------------------------------------------------------------------

func vectors() {
	seed := sha256.Sum256([]byte("reject"))
	words, below := stream{seed: seed[:]}, []string{}
	for range 8 {
		below = append(below, strconv.FormatUint(words.below(1<<63+1), 10))
	}
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{}
	for _, count := range []int{5, 8} {
		tree := peaks{}
		for _, leaf := range leaves[:count] {
			data, _ := hex.DecodeString(leaf)
			tree.add(string(data))
		}
		root := tree.root()
		roots = append(roots, hex.EncodeToString(root[:]))
	}
	told, _ := json.Marshal(map[string][]string{"below": below, "roots": roots})
	fmt.Println(string(told))
}
