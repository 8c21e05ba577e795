/** Parts of Chromium that TypeScript's DOM library does not have. */

interface FileSystemSyncAccessHandle {
  read(buffer: ArrayBufferView, options?: { at?: number }): number;
  write(buffer: ArrayBufferView, options?: { at?: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  /** Dedicated workers only. */
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}

/** Windows only; its frames are the caller's to close. */
declare class MediaStreamTrackProcessor<T extends VideoFrame | AudioData> {
  constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<T>;
}

interface DisplayMediaStreamOptions {
  monitorTypeSurfaces?: "include" | "exclude";
  selfBrowserSurface?: "include" | "exclude";
  surfaceSwitching?: "include" | "exclude";
  systemAudio?: "include" | "exclude";
}

interface VideoEncoderConfig {
  contentHint?: "motion" | "detail" | "text";
}

interface VideoEncoderEncodeOptions {
  /** With `bitrateMode: "quantizer"`. */
  av1?: { quantizer: number };
  vp9?: { quantizer: number };
}
