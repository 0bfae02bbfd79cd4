/** Waits so many milliseconds; `wake` ends the wait early. */
export type Sleep = (ms: number) => { done: Promise<void>; wake(): void }

/** By the system's clock. */
export const sleep: Sleep = (ms) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return {
    done: promise,
    wake: () => {
      clearTimeout(timer)
      resolve()
    },
  }
}
