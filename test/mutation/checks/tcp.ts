// The checks of src/interop, src/service and src/cli: strangers on a TCP port, and keys that are shown or stored.
import type { Mutation } from '../mutation.ts';

const stream = { file: 'src/interop/flight-stream.ts', test: 'test/refusals/tcp.test.ts' };

export const tcpChecks: readonly Mutation[] = [
  {
    ...stream,
    name: 'tcp-flight-size',
    find: "if («size > maxMessageSize») refuse('MESSAGE_TOO_LARGE'",
    replace: 'false',
    attack: 'memory for a flight that never ends',
    clause: 'our bound, 64 KiB',
    caughtBy: 'MESSAGE_TOO_LARGE: a flight of more than 64 KiB is not gathered',
    mayHang: true,
  },
  {
    ...stream,
    name: 'tcp-record-header',
    find: '«checkRecordHeader(type, major * 256 + minor, high * 256 + low);»',
    replace: '',
    attack: 'a listener that waits for 64 KiB of a record nobody will accept',
    clause: 'RFC 5246 §6.2.1',
    caughtBy: '?',
    mayHang: true,
  },
  {
    file: 'src/interop/connection.ts',
    test: 'test/refusals/tcp.test.ts',
    name: 'tcp-deadline',
    find: 'Promise.race([steps()«, late.promise»])',
    replace: '',
    attack: 'a peer that sends a byte now and then and holds the connection for ever (slowloris)',
    clause: 'our bound',
    caughtBy: 'REQUEST_EXPIRED: whoever sends byte by byte gets no more time than anybody else',
    mayHang: true,
  },
  {
    file: 'src/interop/listener.ts',
    test: 'test/refusals/tcp.test.ts',
    name: 'tcp-connections',
    find: 'server.maxConnections = «maxConnections»',
    replace: 'Infinity',
    attack: 'connections that hold all our sockets',
    clause: 'our bound',
    caughtBy:
      '300 connections at once: 256 are held, the others are closed, and the next one is served when they are gone',
    mayHang: true,
  },
];
