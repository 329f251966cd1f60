// A deadline for what a test waits for, so that what never comes is a failure with a name.

/** Longer than anything takes on a slow machine, and short enough for a test that fails. */
const deadline = 10_000;

export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`waited ${deadline / 1000} seconds for ${what}`)),
    deadline,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
