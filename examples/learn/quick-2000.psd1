# shapes-quick unchanged.
@{
    Preset = 'shapes-quick'
}
