# Clips of one thing with one caption each.
@{ ImageSize = 32; Frames = 5; Background = 'Black'; Content = 'One'; CaptionCount = 1 }
