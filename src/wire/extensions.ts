// The hello extensions whose bodies this program reads. Many have one form in ClientHello and another in
// ServerHello, so each hello has its own declarations. Others are kept as data (codec.ts).
import {
  type Codec,
  type ExtensionDeclaration,
  list,
  named,
  type Of,
  oneOf,
  opaque,
  struct,
  uint8,
  vector,
} from './codec.ts';
import {
  certificateTypeNames,
  extensionTypeNames,
  groupNames,
  ocsp,
  pointFormatNames,
  signatureSchemeNames,
} from './numbers.ts';

function extension<T>(type: number, body: Codec<T>): ExtensionDeclaration<T> {
  return { type, name: extensionTypeNames[type] ?? `extension ${type}`, body };
}

/** `extension_data` that must be empty. */
const empty = opaque(0);

/** RFC 6066 §3; name_type 0 is host_name, the only one there is. */
const ServerName = struct('ServerName', 'RFC 6066 §3', { nameType: uint8, name: vector(2, 1, 0xffff) });

const OcspStatusRequest = struct('CertificateStatusRequest', 'RFC 6066 §8', {
  statusType: oneOf(1, [ocsp]),
  responderIds: list(2, 0, 0xffff, vector(2, 1, 0xffff)),
  requestExtensions: vector(2, 0, 0xffff),
});

/** RFC 6066 §8. What a request of another type than ocsp holds is not known: it stays bytes. */
const CertificateStatusRequest: Codec<Of<typeof OcspStatusRequest> | Uint8Array> = {
  shape: OcspStatusRequest.shape,
  read: reader => (reader.peek(1)[0] === ocsp ? OcspStatusRequest.read(reader) : reader.take(reader.left)),
  write: (writer, value) => {
    if (value instanceof Uint8Array) writer.put(value);
    else OcspStatusRequest.write(writer, value);
  },
};

const ProtocolNameList = list(2, 2, 0xffff, vector(1, 1, 0xff));
const ecPointFormats = extension(11, list(1, 1, 0xff, named(1, pointFormatNames)));
const applicationLayerProtocolNegotiation = extension(16, ProtocolNameList);
const encryptThenMac = extension(22, empty);
const extendedMasterSecret = extension(23, empty);
const renegotiationInfo = extension(65281, vector(1, 0, 0xff));

export const clientExtension = {
  serverName: extension(0, list(2, 1, 0xffff, ServerName)),
  statusRequest: extension(5, CertificateStatusRequest),
  supportedGroups: extension(10, list(2, 2, 0xffff, named(2, groupNames))),
  ecPointFormats,
  signatureAlgorithms: extension(13, list(2, 2, 0xfffe, named(2, signatureSchemeNames))),
  applicationLayerProtocolNegotiation,
  clientCertificateType: extension(19, list(1, 1, 0xff, named(1, certificateTypeNames))),
  serverCertificateType: extension(20, list(1, 1, 0xff, named(1, certificateTypeNames))),
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
} as const;

export const serverExtension = {
  serverName: extension(0, empty),
  statusRequest: extension(5, empty),
  ecPointFormats,
  applicationLayerProtocolNegotiation,
  clientCertificateType: extension(19, named(1, certificateTypeNames)),
  serverCertificateType: extension(20, named(1, certificateTypeNames)),
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
} as const;

/** The protocol name that serves as the indicator to export pairwiseE2EKey in messages 1 and 2 (RFC 7301). */
export const exportIndicator: Uint8Array = new TextEncoder().encode('onem2m-e2ekey');
