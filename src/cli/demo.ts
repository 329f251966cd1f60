// e2ekey demo
import { refuse } from '../errors.ts';
import { type DemoExchange, type DemoMessage, type DemoResult, problemOf, runDemo } from '../interop/demo.ts';
import { annotate } from '../wire/annotate.ts';
import type { Command } from './command.ts';

const options = {} as const;

export const command: Command<typeof options> = {
  description:
    'Makes a lab PKI in a temporary folder, starts a terminating CSE in a process of its own and a transit CSE, lets an AE make a key with the CSE through the transit CSE, and send it a protected primitive. Shows the four messages and the primitive as the transit CSE saw them, the key ID at either end, and what the two ends saw. Ends with 0 only if both ends agree, and what was sent is nowhere in what the transit CSE handled.',
  options,
  role: 'initiating',
  async run(_values, output) {
    const result = await runDemo(output.note);
    const problem = problemOf(result);
    if (problem !== null) refuse('INTERNAL', problem);
    output.result(document(result), text(result));
    return 0;
  },
};

function document({ messages, initiatingKeyId, terminatingKeyId, suite, exchange }: DemoResult): object {
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
    exchange,
  };
}

function text({ messages, initiatingKeyId, terminatingKeyId, suite, exchange }: DemoResult): string {
  return [
    '',
    ...messages.flatMap(messageText),
    `initiating end-point   pairwiseE2EKeyID ${initiatingKeyId}`,
    `terminating end-point  pairwiseE2EKeyID ${terminatingKeyId}`,
    `Both ends agree (${suite}). The transit CSE saw all four messages and has no key.`,
    '',
    ...exchangeText(exchange),
  ].join('\n');
}

function exchangeText({ sent, opened, answer, seen }: DemoExchange): string[] {
  return [
    'ESPrim, as the transit CSE saw it:',
    ...seen.map(({ from, to, content }) => `    ${from} → ${to}  ${shortened(JSON.stringify(content))}`),
    '',
    `initiating end-point   sent CREATE ${sent.to}: ${JSON.stringify(sent.text)}`,
    `terminating end-point  opened ${opened.to} of ${opened.from}: ${JSON.stringify(opened.text)}; its key is ${opened.state}`,
    `initiating end-point   got ${answer.responseStatusCode}: ${JSON.stringify(answer.text)}`,
    'The transit CSE could read none of it: not as it is, nor in base64 or hex.',
  ];
}

/** Enough to see which object it is. */
const maxShown = 96;

function shortened(content: string): string {
  return content.length > maxShown ? `${content.slice(0, maxShown)}… ${content.length} characters` : content;
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
