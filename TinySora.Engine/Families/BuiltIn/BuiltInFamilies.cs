using TinySora.Engine.Configuration;
using TinySora.Engine.Dialects;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.VideoAutoencoder;

// The list of model families and dialects, above all of them; ModelFamilies and ConfigDialect.All, on lower floors, read it.
[assembly: BuiltIn(
    typeof(PixelUNetFamily), typeof(FrameAutoencoderFamily), typeof(VideoAutoencoderFamily), typeof(LatentTransformerFamily), typeof(TokenModelFamily),
    typeof(LatteDialect))]
