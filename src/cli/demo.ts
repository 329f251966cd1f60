// e2ekey demo
import { refuse } from '../errors.ts';
import { type DemoMessage, type DemoResult, runDemo } from '../interop/demo.ts';
import { annotate } from '../wire/annotate.ts';
import type { Command } from './command.ts';

const options = {} as const;

export const command: Command<typeof options> = {
  description:
    'Makes a lab PKI in a temporary folder, starts a terminating CSE in a process of its own and a transit CSE, and lets an AE make a key with the CSE through the transit CSE. Shows the four messages as the transit CSE saw them, and the key ID at either end. Ends with 0 only if both ends agree.',
  options,
  role: 'initiating',
  async run(_values, output) {
    const result = await runDemo(output.note);
    if (!result.agreed)
      refuse(
        'INTERNAL',
        `the two ends hold different keys: ${result.initiatingKeyId} and ${result.terminatingKeyId}`,
      );
    if (result.messages.length !== 4)
      refuse('INTERNAL', `the transit CSE saw ${result.messages.length} messages, not four`);
    output.result(document(result), text(result));
    return 0;
  },
};

function document({ messages, initiatingKeyId, terminatingKeyId, suite }: DemoResult): object {
  return {
    status: 'agreed',
    initiatingKeyId,
    terminatingKeyId,
    suite,
    messages: messages.map(({ ordinal, from, to, message }) => ({
      ordinal,
      from,
      to,
      size: message.length,
      messages: annotate(message).messages,
    })),
  };
}

function text({ messages, initiatingKeyId, terminatingKeyId, suite }: DemoResult): string {
  return [
    '',
    ...messages.flatMap(messageText),
    `initiating end-point   pairwiseE2EKeyID ${initiatingKeyId}`,
    `terminating end-point  pairwiseE2EKeyID ${terminatingKeyId}`,
    `Both ends agree (${suite}). The transit CSE saw all four messages and has no key.`,
  ].join('\n');
}

/** What is worth seeing of each message; `e2ekey inspect` shows all of it. */
const shownFields = new Set([
  'cipherSuite',
  'application_layer_protocol_negotiation',
  'server_name',
  'scheme',
  'group',
]);

function messageText({ ordinal, from, to, message }: DemoMessage): string[] {
  const { messages, fields } = annotate(message);
  const shown = fields.flatMap(({ name, value }) =>
    shownFields.has(name) && value !== null ? [`    ${name}: ${value}`] : [],
  );
  return [
    `message ${ordinal}  ${from} → ${to}  ${message.length} bytes`,
    `    ${messages.join(', ')}`,
    ...shown,
    '',
  ];
}
