// A point of access from its URL: where we listen for the notifications of a CSE, and what the CSE is told. Knows no
// notification.
import { refuse } from '../errors.ts';
import { type NotificationListener, notificationListener } from '../onem2m/containers/listener.ts';
import type { RequestPrimitive, ResponsePrimitive } from '../onem2m/primitive.ts';

export interface PointOfAccess {
  /** The URL, with the port that was picked where it has 0. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Listens on the URL's host and port.
 *
 * @param setting the setting or option that has the URL
 * @param url `http:`, or `https:` with the certificate chain and private key of `tls`, PEM
 * @throws E2EKeyError OPTION_INVALID when it cannot be listened on.
 */
export async function openPointOfAccess(
  setting: string,
  url: URL,
  tls: { readonly cert: string; readonly key: string } | null,
  notified: (request: RequestPrimitive) => Promise<ResponsePrimitive>,
): Promise<PointOfAccess> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  let listener: NotificationListener;
  try {
    listener = await notificationListener({ host, port, ...(isSecure && tls !== null && { tls }) }, notified);
  } catch (cause) {
    return refuse('OPTION_INVALID', `${setting}: cannot listen on ${host} port ${port}`, { cause });
  }
  const announced = new URL(url);
  announced.port = new URL(listener.url).port;
  return { url: announced.href.replace(/\/$/, ''), close: listener.close };
}
