// Subpath entry `e2ekey/onem2m`: the oneM2M edge. The plug-in for fastify is `e2ekey/fastify`.
export { toAbsolute } from '../identifiers/entity.ts';
export type { AddressForm } from './address.ts';
export { ContainerCarrier, type ContainerCarrierOptions } from './containers/carrier.ts';
export {
  type NotificationListener,
  type NotificationListenerOptions,
  notificationListener,
} from './containers/listener.ts';
export type { ContainerOptions } from './containers/options.ts';
export { ContainerReceiver, type ContainerReceiverOptions } from './containers/receiver.ts';
export { type CseBase, type CseBaseOptions, cseBase } from './cse-base.ts';
export { type E2eSecInfo, type E2eSecInfoOptions, e2eSecInfo } from './e2e-sec-info.ts';
export { type E2EKeyCseOptions, e2eKeyCseCarrier } from './e2ekeycse-carrier.ts';
export { type HttpCarrierOptions, httpCarrier } from './http-carrier.ts';
export { httpListener } from './http-listener.ts';
export { type HopOptions, httpSender } from './http-sender.ts';
export { type NotifyOptions, notifyCarrier } from './notify-carrier.ts';
export type { AnsweringEndpoint, AnsweringEsPrim } from './notify-handler.ts';
export type { Operation, RequestPrimitive, ResponsePrimitive } from './primitive.ts';
export { type RequestHandler, type RequestHandlerOptions, requestHandler } from './request-handler.ts';
export { type SecurityInfo, securityInfo } from './security-info.ts';
export type { Sender } from './sender.ts';
export { readTimestamp, writeTimestamp } from './timestamp.ts';
