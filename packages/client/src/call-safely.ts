/** Calls a function of the application, so that what it throws or rejects with goes where errors go. */
export async function settle(call: () => unknown, onFailure: (error: unknown) => void): Promise<void> {
  try {
    await call();
  } catch (error) {
    onFailure(error);
  }
}
