package main

import (
	"crypto/sha256"
	"math/big"
)

// BLS12-381 with whole numbers alone: the field of degree 12 is written as polynomials in w modulo w^12 - 2 w^6 + 2, in
// which u = w^6 - 1. The Miller loop runs over affine points of the twist.

func number(hex string) *big.Int {
	found, isHex := new(big.Int).SetString(hex, 16)
	if !isHex {
		panic(hex)
	}
	return found
}

func numbers(hex ...string) []*big.Int {
	found := make([]*big.Int, len(hex))
	for i, each := range hex {
		found[i] = number(each)
	}
	return found
}

var (
	prime   = number("1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab")
	order   = number("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001")
	loop    = number("d201000000010000")
	one     = big.NewInt(1)
	zero    = big.NewInt(0)
	rootOf  = new(big.Int).Rsh(new(big.Int).Add(prime, one), 2)
	halfOf  = new(big.Int).Rsh(prime, 1)
	square  = new(big.Int).Rsh(new(big.Int).Sub(prime, one), 1)
	lastOne = new(big.Int).Div(new(big.Int).Sub(new(big.Int).Exp(prime, big.NewInt(12), nil), one), order)
)

func add(a, b *big.Int) *big.Int { return mod(new(big.Int).Add(a, b)) }
func sub(a, b *big.Int) *big.Int { return mod(new(big.Int).Sub(a, b)) }
func mul(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
func mod(a *big.Int) *big.Int    { return a.Mod(a, prime) }
func inv(a *big.Int) *big.Int {
	if a.Sign() == 0 {
		return new(big.Int)
	}
	return new(big.Int).ModInverse(a, prime)
}
func pow(a, e *big.Int) *big.Int { return new(big.Int).Exp(a, e, prime) }

// --- the field of degree 2: a + b u with u^2 = -1 ---------------------------------------------------------------

type two struct{ a, b *big.Int }

func (x two) add(y two) two { return two{add(x.a, y.a), add(x.b, y.b)} }
func (x two) sub(y two) two { return two{sub(x.a, y.a), sub(x.b, y.b)} }
func (x two) mul(y two) two {
	return two{sub(mul(x.a, y.a), mul(x.b, y.b)), add(mul(x.a, y.b), mul(x.b, y.a))}
}
func (x two) by(k int64) two { return two{mul(x.a, big.NewInt(k)), mul(x.b, big.NewInt(k))} }
func (x two) is(y two) bool  { return x.a.Cmp(y.a) == 0 && x.b.Cmp(y.b) == 0 }
func (x two) isZero() bool   { return x.a.Sign() == 0 && x.b.Sign() == 0 }
func (x two) inverse() two {
	n := inv(add(mul(x.a, x.a), mul(x.b, x.b)))
	return two{mul(x.a, n), mul(sub(zero, x.b), n)}
}

// root gives a square root, false where there is none: by the norm, as (a + b u) = (c + d u)^2 has c^2 = (a + n) / 2.
func (x two) root() (two, bool) {
	n := pow(add(mul(x.a, x.a), mul(x.b, x.b)), rootOf)
	half := inv(big.NewInt(2))
	for _, norm := range []*big.Int{n, sub(zero, n)} {
		c := pow(mul(add(x.a, norm), half), rootOf)
		d := mul(mul(x.b, half), inv(c))
		if c.Sign() == 0 {
			d = pow(sub(zero, x.a), rootOf)
		}
		if found := (two{c, d}); found.mul(found).is(x) {
			return found, true
		}
	}
	return two{}, false
}

// --- the field of degree 12 ---------------------------------------------------------------------------------------

type twelve [12]*big.Int

func unit() twelve {
	var x twelve
	for i := range x {
		x[i] = new(big.Int)
	}
	x[0] = big.NewInt(1)
	return x
}

func (x twelve) mul(y twelve) twelve {
	var long [23]*big.Int
	for i := range long {
		long[i] = new(big.Int)
	}
	part := new(big.Int)
	for i, a := range x {
		if a.Sign() == 0 {
			continue
		}
		for j, b := range y {
			if b.Sign() != 0 {
				long[i+j].Add(long[i+j], part.Mul(a, b))
			}
		}
	}
	for i := 22; i >= 12; i-- { // w^12 = 2 w^6 - 2
		twice := new(big.Int).Lsh(long[i], 1)
		long[i-6].Add(long[i-6], twice)
		long[i-12].Sub(long[i-12], twice)
	}
	var found twelve
	for i := range found {
		found[i] = mod(long[i])
	}
	return found
}

// put adds a number of degree 2 at w^power: a + b u = (a - b) + b w^6.
func (x *twelve) put(value two, power int) {
	x[power] = add(x[power], sub(value.a, value.b))
	x[power+6] = add(x[power+6], value.b)
}

// --- points -------------------------------------------------------------------------------------------------------

type point struct {
	x, y       *big.Int
	isInfinite bool
}

func (p point) plus(q point) point {
	switch {
	case p.isInfinite:
		return q
	case q.isInfinite:
		return p
	case p.x.Cmp(q.x) == 0 && add(p.y, q.y).Sign() == 0:
		return point{isInfinite: true}
	}
	slope := mul(sub(q.y, p.y), inv(sub(q.x, p.x)))
	if p.x.Cmp(q.x) == 0 {
		slope = mul(mul(big.NewInt(3), mul(p.x, p.x)), inv(add(p.y, p.y)))
	}
	x := sub(sub(mul(slope, slope), p.x), q.x)
	return point{x: x, y: sub(mul(slope, sub(p.x, x)), p.y)}
}

func (p point) times(k *big.Int) point {
	found := point{isInfinite: true}
	for i := k.BitLen() - 1; i >= 0; i-- {
		found = found.plus(found)
		if k.Bit(i) == 1 {
			found = found.plus(p)
		}
	}
	return found
}

// decompressed gives x and the flag of the larger y; false unless the first bits say compressed and finite.
func decompressed(bytes []byte) (*big.Int, bool, bool) {
	isLarger := bytes[0]&0x20 != 0
	rest := append([]byte{bytes[0] & 0x1f}, bytes[1:]...)
	x := new(big.Int).SetBytes(rest)
	return x, isLarger, bytes[0]&0xc0 == 0x80 && x.Cmp(prime) < 0
}

// ofG1 reads a compressed point of the group of prime order; false for anything else.
func ofG1(bytes []byte) (point, bool) {
	x, isLarger, fits := decompressed(bytes)
	if !fits {
		return point{}, false
	}
	right := add(mul(x, mul(x, x)), big.NewInt(4))
	y := pow(right, rootOf)
	if mul(y, y).Cmp(right) != 0 {
		return point{}, false
	}
	if (y.Cmp(halfOf) > 0) != isLarger {
		y = sub(zero, y)
	}
	found := point{x: x, y: y}
	return found, found.times(order).isInfinite
}

type twisted struct{ x, y two }

// ofG2 reads a compressed point of the twist y^2 = x^3 + 4 (1 + u).
func ofG2(bytes []byte) twisted {
	upper, isLarger, _ := decompressed(bytes[:48])
	x := two{new(big.Int).SetBytes(bytes[48:]), upper}
	four := big.NewInt(4)
	y, isThere := x.mul(x).mul(x).add(two{four, four}).root()
	if !isThere {
		panic("not on the twist")
	}
	decides := y.b
	if decides.Sign() == 0 {
		decides = y.a
	}
	if (decides.Cmp(halfOf) > 0) != isLarger {
		y = two{zero, zero}.sub(y)
	}
	return twisted{x, y}
}

// --- the pairing --------------------------------------------------------------------------------------------------

// miller gives the Miller function of q at p up to factors that the last power takes away.
func miller(p point, q twisted) twelve {
	f, r := unit(), q
	step := func(s twisted) {
		var slope two
		if r.x.is(s.x) {
			slope = r.x.mul(r.x).by(3).mul(r.y.by(2).inverse())
		} else {
			slope = s.y.sub(r.y).mul(s.x.sub(r.x).inverse())
		}
		// The line through both at p, times w^3: its points are (x / w^2, y / w^3), its slope is slope / w.
		var line twelve
		for i := range line {
			line[i] = new(big.Int)
		}
		line.put(r.y.sub(slope.mul(r.x)), 0)
		line.put(two{mul(slope.a, p.x), mul(slope.b, p.x)}, 2)
		line.put(two{sub(zero, p.y), zero}, 3)
		f = f.mul(line)
		x := slope.mul(slope).sub(r.x).sub(s.x)
		r = twisted{x, slope.mul(r.x.sub(x)).sub(r.y)}
	}
	for i := loop.BitLen() - 2; i >= 0; i-- {
		f = f.mul(f)
		step(r)
		if loop.Bit(i) == 1 {
			step(q)
		}
	}
	return f
}

// arePaired says whether e(a, b) = e(c, d).
func arePaired(a point, b twisted, c point, d twisted) bool {
	c.y = sub(zero, c.y)
	base, found := miller(a, b).mul(miller(c, d)), unit()
	for i := lastOne.BitLen() - 1; i >= 0; i-- {
		found = found.mul(found)
		if lastOne.Bit(i) == 1 {
			found = found.mul(base)
		}
	}
	for i, each := range unit() {
		if found[i].Cmp(each) != 0 {
			return false
		}
	}
	return true
}

// --- hashing to G1: BLS12381G1_XMD:SHA-256_SSWU_RO_ of RFC 9380 ---------------------------------------------------

func hashedToG1(message []byte, tag string) point {
	wide := expanded(message, []byte(tag), 128)
	var found [2]point
	for i := range found {
		found[i] = mapped(mod(new(big.Int).SetBytes(wide[64*i : 64*i+64])))
	}
	return found[0].plus(found[1]).times(new(big.Int).Add(loop, one))
}

func expanded(message, tag []byte, size int) []byte {
	tag = append(append([]byte{}, tag...), byte(len(tag)))
	first := append(make([]byte, 64), message...)
	first = append(first, byte(size>>8), byte(size), 0)
	zeroth := sha256.Sum256(append(first, tag...))
	var found, before []byte
	before = make([]byte, 32)
	for i := 1; len(found) < size; i++ {
		block := make([]byte, 32)
		for j := range block {
			block[j] = zeroth[j] ^ before[j]
		}
		next := sha256.Sum256(append(append(block, byte(i)), tag...))
		before = next[:]
		found = append(found, before...)
	}
	return found[:size]
}

// mapped is the simplified SWU map for Z = 11, and then the isogeny.
func mapped(u *big.Int) point {
	zu := mul(big.NewInt(11), mul(u, u))
	t := inv(add(mul(zu, zu), zu))
	x := mul(mul(sub(zero, isoB), inv(isoA)), add(one, t))
	if t.Sign() == 0 {
		x = mul(isoB, inv(mul(big.NewInt(11), isoA)))
	}
	right := func(x *big.Int) *big.Int { return add(add(mul(x, mul(x, x)), mul(isoA, x)), isoB) }
	g := right(x)
	if g.Sign() != 0 && pow(g, square).Cmp(one) != 0 {
		x = mul(zu, x)
		g = right(x)
	}
	y := pow(g, rootOf)
	if u.Bit(0) != y.Bit(0) {
		y = sub(zero, y)
	}
	value := func(parts []*big.Int) *big.Int {
		sum := new(big.Int)
		for i := len(parts) - 1; i >= 0; i-- {
			sum = add(mul(sum, x), parts[i])
		}
		return sum
	}
	return point{
		x: mul(value(xNumerator), inv(value(xDenominator))),
		y: mul(y, mul(value(yNumerator), inv(value(yDenominator)))),
	}
}
