"""What chance alone brings: patients who came at their worst go back towards their own mean."""
