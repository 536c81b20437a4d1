# The bundled model, taught to make its clips in one step.
@{
    Preset = 'shapes-turbo'
    Clips = 10000
}
