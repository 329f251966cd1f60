// What a content may be in every serialisation, whatever it means. Its length is bounded by the binding.

/** The deepest content of this edge, an m2m:seci, has two levels; the rest is for contents passed on. */
export const maxDepth = 32;

/**
 * Elements of XML, items of CBOR: an m2m:seci has six items. Each costs a hundred times the byte that it may be made
 * of, which in JSON it does not.
 */
export const maxItems = 8192;
