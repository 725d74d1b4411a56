package eval

// formats are all formats with all their places.
func formats() []format {
	return []format{
		textFormat(), markdownFormat(), htmlFormat(),
		{name: "docx", ending: ".docx", places: append(wordSeen(), wordHidden()...)},
		{name: "xlsx", ending: ".xlsx", places: append(sheetSeen(), sheetHidden()...)},
		slideFormat(), pdfFormat(), ofdFormat(), imageFormat(), zipFormat(), mailFormat(),
	}
}
