# The Mamba with learned positions on the tokens of shapes-gpt.
@{
    Preset = 'shapes-mamba'
    Clips = 10000
}
