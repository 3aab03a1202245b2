// Loads the X.509 library, which finds its algorithms by a container that needs the metadata functions on `Reflect`.

/** Once; later calls get the same. */
export async function x509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
