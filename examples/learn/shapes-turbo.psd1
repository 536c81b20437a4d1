# The bundled model, distilled to one sampling step.
@{
    Preset = 'shapes-turbo'
    Clips = 10000
}
