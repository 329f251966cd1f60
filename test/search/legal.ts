// What is legal, written down without looking at the engine: for each message of the procedure the words over the
// alphabet that have to lead on, and where to. Everything else has to be refused.
import type { Suite } from '../../src/crypto/suites.ts';
import type { Profile } from '../../src/handshake/profile.ts';

/** The next message of ours, a finished handshake with a key, or one without. */
export type End = 'answer' | 'Session' | 'Connection';

export interface Rule {
  /** A whole flight; `w` is a warning alert, which may stand before any message and not behind the last. */
  readonly expression: RegExp;
  readonly end: End;
  readonly clause: string;
}

/** The flights that one message of the procedure may consist of. */
export interface Grammar {
  readonly rules: readonly Rule[];
  /** The same without warnings, one by one; the first is what an honest end-point says. */
  readonly flights: readonly [string, ...string[]];
}

/** RFC 5246 §7.2 bounds no warnings; four in one flight are ours. */
const flood = /(?:w.*){5}/;

/** Where a flight has to lead; null if it has to be refused. */
export function legalEnd({ rules }: Grammar, flight: string): End | null {
  if (flood.test(flight)) return null;
  return rules.find(({ expression }) => expression.test(flight))?.end ?? null;
}

export const message1 = grammar(['H'], [{ expression: /^w*H$/, end: 'answer', clause: 'RFC 5246 §7.3' }]);

export const message4 = grammar(
  ['SF'],
  [{ expression: /^w*Sw*F$/, end: 'Session', clause: 'RFC 5246 §7.1, §7.3' }],
);

/** `announced`: ServerHello has said that CertificateStatus may follow. */
export function message2(keyExchange: Suite['keyExchange'], announced = false): Grammar {
  if (announced)
    return grammar(
      ['hCkQD', 'hCOkQD'],
      [
        {
          expression: /^w*hw*C(?:w*O)?w*kw*Qw*D$/,
          end: 'answer',
          clause: 'RFC 6066 §8: CertificateStatus stands directly behind Certificate, or is left out',
        },
      ],
    );
  switch (keyExchange) {
    case 'PSK':
      return grammar(
        ['hkD', 'hD'],
        [
          {
            expression: /^w*h(?:w*k)?w*D$/,
            end: 'answer',
            clause: 'RFC 4279 §2: ServerKeyExchange is left out where there is no hint',
          },
        ],
      );
    case 'ECDHE_PSK':
      return grammar(['hkD'], [{ expression: /^w*hw*kw*D$/, end: 'answer', clause: 'RFC 5489 §2' }]);
    default:
      return grammar(
        ['hCkQD'],
        [
          {
            expression: /^w*hw*Cw*kw*Qw*D$/,
            end: 'answer',
            clause: 'RFC 5246 §7.3, RFC 8422 §2; TS-0003 8.7.2.2: both are authenticated',
          },
        ],
      );
  }
}

/** `asked`: what the lab's profile says of certificates; a Connection is its end without a key. */
export function message3(
  keyExchange: Suite['keyExchange'],
  asked: Profile['clientAuthentication'] = 'require',
): Grammar {
  if (keyExchange === 'PSK' || keyExchange === 'ECDHE_PSK')
    return grammar(['KSF'], [{ expression: /^w*Kw*Sw*F$/, end: 'Session', clause: 'RFC 4279 §2' }]);
  const certified: Rule = {
    expression: /^w*Cw*Kw*Vw*Sw*F$/,
    end: 'Session',
    clause: 'RFC 5246 §7.3, §7.4.8; TS-0003 8.7.2.2',
  };
  switch (asked) {
    case 'require':
      return grammar(['CKVSF'], [certified]);
    case 'request': {
      const without: Rule = {
        expression: /^w*cw*Kw*Sw*F$/,
        end: 'Connection',
        clause: 'RFC 5246 §7.4.6: whoever has no certificate says so, and signs nothing',
      };
      return grammar(['CKVSF', 'cKSF'], [certified, without]);
    }
    case 'none':
      return grammar(
        ['KSF'],
        [
          {
            expression: /^w*Kw*Sw*F$/,
            end: 'Connection',
            clause: 'RFC 5246 §7.4.6: a certificate is for those who were asked for one',
          },
        ],
      );
  }
}

function grammar(flights: Grammar['flights'], rules: readonly Rule[]): Grammar {
  return { flights, rules };
}
