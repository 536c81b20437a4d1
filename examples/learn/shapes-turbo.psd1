# The bundled model shapes-lean, distilled to one sampling step.
@{
    Preset = 'shapes-turbo'
    Clips = 10000
}
