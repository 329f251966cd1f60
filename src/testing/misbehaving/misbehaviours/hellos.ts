// The extensions of either hello, as bytes: what no list of extensions may hold can be written too.
import { decode, type Extension, type ExtensionDeclaration } from '../../../wire/codec.ts';
import { message } from '../../../wire/messages.ts';
import { type Edit, instead, rewritten } from '../steps.ts';
import { bodyOf, withBody } from './bytes.ts';

type Hello = 'ClientHello' | 'ServerHello';
type Extensions = readonly Extension[];

/** The block of extensions with its length. */
function written(extensions: Extensions): Uint8Array {
  const items = extensions.map(({ type, data }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type);
    head.writeUInt16BE(data.length, 2);
    return Buffer.concat([head, data]);
  });
  const block = Buffer.concat(items);
  return Buffer.concat([Buffer.of(block.length >> 8, block.length & 0xff), block]);
}

/** A hello with this in the place of its block of extensions. */
export function withBlock(
  hello: Hello,
  edit: (extensions: Extensions, write: (extensions: Extensions) => Uint8Array) => Uint8Array,
): Edit {
  const { body: layout } = hello === 'ClientHello' ? message.clientHello : message.serverHello;
  return instead(
    hello,
    rewritten(hello, honest => {
      const body = bodyOf(honest);
      const { extensions } = decode<{ extensions: Extensions }>(layout, body);
      const head = body.subarray(0, body.length - written(extensions).length);
      return withBody(honest, Buffer.concat([head, edit(extensions, written)]));
    }),
  );
}

/** A hello with these extensions, whatever they are. */
export function withExtensions(hello: Hello, edit: (extensions: Extensions) => Extensions): Edit {
  return withBlock(hello, (extensions, write) => write(edit(extensions)));
}

/** One more extension behind the others, or in the place of the one that is there. */
export function withExtension(
  hello: Hello,
  { type }: Pick<ExtensionDeclaration<unknown>, 'type'>,
  data: Uint8Array | readonly number[] | string,
): Edit {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'hex') : Uint8Array.from(data);
  return withExtensions(hello, extensions => [
    ...extensions.filter(extension => extension.type !== type),
    { type, data: bytes },
  ]);
}

export function withoutExtension(hello: Hello, { type }: Pick<ExtensionDeclaration<unknown>, 'type'>): Edit {
  return withExtensions(hello, extensions => extensions.filter(extension => extension.type !== type));
}

/** The content of one extension that is there. */
export function withData(
  hello: Hello,
  { type }: Pick<ExtensionDeclaration<unknown>, 'type'>,
  edit: (data: Uint8Array) => Uint8Array,
): Edit {
  return withExtensions(hello, extensions =>
    extensions.map(extension => (extension.type === type ? { type, data: edit(extension.data) } : extension)),
  );
}
