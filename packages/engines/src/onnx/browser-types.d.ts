// Browser types that the declarations of onnxruntime name: they stay opaque here, where no browser is.
declare class HTMLImageElement {}
declare class ImageBitmap {}
declare class ImageData {}
declare class WebGLRenderingContext {}
declare class WebGLTexture {}
