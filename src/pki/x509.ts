// The one place that loads the certificate-issuing packages: reflect-metadata has to come before @peculiar/x509,
// which has to be told its WebCrypto. They take a third of a second to load, so nothing that is loaded at start
// may import this folder statically.
import 'reflect-metadata';
import { Crypto } from '@peculiar/webcrypto';
import { cryptoProvider } from '@peculiar/x509';

export const webcrypto = new Crypto();

cryptoProvider.set(webcrypto);

export * as x509 from '@peculiar/x509';
