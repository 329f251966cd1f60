// Subpath entry `e2ekey/onem2m`: the oneM2M edge. The plug-in for fastify is `e2ekey/fastify`.
export { toAbsolute } from '../identifiers/entity.ts';
export type { AddressForm } from './address.ts';
export { type HttpCarrierOptions, httpCarrier } from './http-carrier.ts';
export { type AnsweringEndpoint, answerNotify } from './notify-handler.ts';
export type { Operation, RequestPrimitive, ResponsePrimitive } from './primitive.ts';
export { type SecurityInfo, securityInfo } from './security-info.ts';
