// The parameters of an RSASSA-PSS signature (RFC 4055 3.1) as they are accepted: written out, so that they need only
// be compared. Whatever else parameters could say, no certificate in use says.

/**
 * RSASSA-PSS-params with one hash throughout and a salt of its length, in every form that RFC 4055 2.1 allows: NULL
 * may stand after each hash or not. The trailer field has its default, and so is not encoded (X.690 11.5).
 *
 * @param arc of the hash: id-sha256 is 2.16.840.1.101.3.4.2.1.
 * @param saltLength in octets.
 * @returns DER in hex.
 */
export function pssParameters(arc: number, saltLength: number): readonly string[] {
  const hashes = ['0500', ''].map(none => element('30', `06096086480165030402${octet(arc)}`, none));
  const idMgf1 = '06092a864886f70d010108';
  return hashes.flatMap(hash =>
    hashes.map(maskHash =>
      element(
        '30',
        element('a0', hash),
        element('a1', element('30', idMgf1, maskHash)),
        element('a2', element('02', octet(saltLength))),
      ),
    ),
  );
}

/** All contents here are shorter than 128 octets. */
function element(tag: string, ...parts: readonly string[]): string {
  const content = parts.join('');
  return `${tag}${octet(content.length / 2)}${content}`;
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
