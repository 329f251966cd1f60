// How OpenSSL, and Node's tls with it, names a cipher suite. Knows no suite: the names follow a rule.

/**
 * OpenSSL's name of a suite with ECDHE or a pre-shared key, by IANA's: ECDHE-ECDSA-AES128-CCM8. It writes no CBC
 * unless there is a pre-shared key; TLS 1.3's names are the same.
 */
export function opensslSuiteName(suite: string): string {
  const [, keyExchange, protection] = /^TLS_(\w+)_WITH_(\w+)$/.exec(suite) ?? [];
  if (keyExchange === undefined || protection === undefined) return suite;
  const cipher = protection.replace(/(AES|CCM)_(?=\d)/g, '$1').replace('POLY1305_SHA256', 'POLY1305');
  const named = keyExchange.endsWith('PSK') ? cipher : cipher.replace('_CBC', '');
  return `${keyExchange}-${named}`.replaceAll('_', '-');
}
