# The demo's preset as it is.
@{
    Preset = 'shapes-quick'
}
