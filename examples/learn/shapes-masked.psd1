# The masked transformer over the same tokens: they see their neighbours before each block, and are drawn among the likeliest.
@{
    Preset = 'shapes-masked'
    Clips = 10000
}
