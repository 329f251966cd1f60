// What a derivation costs, counted in the work of OpenSSL that none is spared.
import { createHmac, createSecretKey } from 'node:crypto';
import { systemRandom } from '../crypto/random.ts';
import { deriveContentKeys, deriveDataKeys } from '../keys/data.ts';
import { deriveEndToEndKeys } from '../keys/end-to-end.ts';
import { deriveSessionESPrimKey } from '../keys/session-esprim-key.ts';
import type { Contender } from './measure.ts';

export function derivations(): readonly Contender[] {
  const material = createSecretKey(systemRandom(32));
  const salt = systemRandom(16);
  const dataKeys = deriveDataKeys(material, salt);
  const content = { level: 'contentInstance', name: 'temperature', nonce: systemRandom(16) } as const;
  const { messageConfidentiality } = deriveEndToEndKeys(material, salt);
  const [receiverRand, originatorRand] = [systemRandom(190), systemRandom(160)];
  return [
    {
      name: 'one HMAC-SHA-256 over 64 bytes, key ready',
      run: async () => void createHmac('sha256', material).update(receiverRand.subarray(0, 64)).digest(),
    },
    {
      name: 'deriveSessionESPrimKey: one HMAC, one key',
      run: async () =>
        void deriveSessionESPrimKey(messageConfidentiality, 'ESPrim', receiverRand, originatorRand, 32),
    },
    {
      name: 'deriveContentKeys: two HMACs, two keys',
      run: async () => void deriveContentKeys(dataKeys, content),
    },
    {
      name: 'deriveEndToEndKeys: seven HMACs, six keys',
      run: async () => void deriveEndToEndKeys(material, salt),
    },
  ];
}
