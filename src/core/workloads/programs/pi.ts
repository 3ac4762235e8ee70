/** Digits of pi, as `bpi` of Perl's bignum prints them: `count` significant digits, rounded. */
export function piDigits(count: number): string {
  const guard = 10;
  const unit = 10n ** BigInt(count + guard);
  const arctan = (x: bigint): bigint => {
    let term = unit / x;
    let sum = term;
    for (let n = 3n, sign = -1n; term !== 0n; n += 2n, sign = -sign) {
      term /= x * x;
      sum += (sign * term) / n;
    }
    return sum;
  };
  const pi = 4n * (4n * arctan(5n) - arctan(239n));
  // One digit stands before the point.
  const cut = 10n ** BigInt(guard + 1);
  const rounded = (pi + cut / 2n) / cut;
  const text = rounded.toString();
  return count <= 1 ? text : `${text[0]}.${text.slice(1)}`;
}
