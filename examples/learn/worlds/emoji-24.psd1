# 24 things in 13 motions, which a small network learns in minutes.
@{ NamePath = 'emoji-24.csv'; ImageSize = 32; Frames = 5; Background = 'Black'; Content = 'One'; CaptionCount = 1 }
