using TinySora.Engine.Configuration;
using TinySora.Engine.Dialects;
using TinySora.Engine.Families.FrameAutoencoder;
using TinySora.Engine.Families.LatentTransformer;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.TokenModel;
using TinySora.Engine.Families.VideoAutoencoder;

// Lists all model families and dialects, and so belongs to the layer above them. ModelFamilies and ConfigDialect.All in lower layers read this list.
[assembly: BuiltIn(
    typeof(PixelUNetFamily), typeof(FrameAutoencoderFamily), typeof(VideoAutoencoderFamily), typeof(LatentTransformerFamily), typeof(TokenModelFamily),
    typeof(LatteDialect))]
