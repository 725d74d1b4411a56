package treatment

func cleanPicture(data []byte) ([]byte, string, error) { return data, "", nil }
