# The Mamba with learned positions over the same tokens.
@{
    Preset = 'shapes-mamba'
    Clips = 10000
}
