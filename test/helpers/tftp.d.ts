/** What tests use of the package `tftp`, which brings no types. */
declare module 'tftp' {
  interface TftpClientOptions {
    readonly host: string;
    readonly port: number;
    readonly blockSize: number;
    readonly windowSize: number;
  }
  interface TftpClient {
    /** Reads a file of the server into one of this machine. */
    get(remote: string, local: string, done: (error: Error | null) => void): void;
  }
  export function createClient(options: TftpClientOptions): TftpClient;
}
